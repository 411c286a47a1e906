import { describe, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import { HEARTBEAT, JOIN_GROUP, LEAVE_GROUP, SYNC_GROUP, parseGroupRequest, readErrorCode } from './group-requests.js';

/** kafkajs's own encoders say what a request looks like. */
const kafkajs = createRequire(`${process.cwd()}/package.json`);
const encode = async (api: string, version: number, payload: object): Promise<Buffer> => {
  const request = kafkajs(`kafkajs/src/protocol/requests/${api}/v${version}/request`)(payload);
  const { buffer } = await kafkajs('kafkajs/src/protocol/request')({ correlationId: 77, clientId: 'Größe', request });
  return buffer;
};
const member = { groupId: 'größe', memberId: 'member-1', generationId: 42, groupGenerationId: 42 };

describe('parseGroupRequest', () => {
  it.each([0, 1, 2, 3, 4, 5])('reads who joins, from JoinGroup version %i', async (version) => {
    const groupProtocols = [{ name: 'assigner', metadata: Buffer.from('topics') }];
    const payload = { ...member, sessionTimeout: 1, rebalanceTimeout: 2, protocolType: 'consumer', groupProtocols };
    expect(parseGroupRequest(await encode('joinGroup', version, payload))).toEqual({
      api: JOIN_GROUP,
      version,
      correlationId: 77,
      generation: undefined,
      memberId: 'member-1',
    });
  });

  it.each([0, 1, 2, 3])('reads the generation from SyncGroup and Heartbeat version %i', async (version) => {
    const found = { version, correlationId: 77, generation: 42, memberId: 'member-1' };
    const sync = await encode('syncGroup', version, { ...member, groupAssignment: [] });
    expect(parseGroupRequest(sync)).toEqual({ api: SYNC_GROUP, ...found });
    expect(parseGroupRequest(await encode('heartbeat', version, member))).toEqual({ api: HEARTBEAT, ...found });
  });

  it.each([0, 1, 2, 3])('knows LeaveGroup version %i', async (version) => {
    const frame = await encode('leaveGroup', version, { ...member, members: [member] });
    expect(parseGroupRequest(frame)).toMatchObject({ api: LEAVE_GROUP, version, correlationId: 77 });
  });

  it('leaves every other request alone', async () => {
    expect(parseGroupRequest(await encode('offsetCommit', 5, { ...member, topics: [] }))).toBeUndefined();
    expect(parseGroupRequest(await encode('apiVersions', 1, {}))).toBeUndefined();
    expect(parseGroupRequest(Buffer.alloc(4))).toBeUndefined();
  });
});

describe('readErrorCode', () => {
  const head = (throttled: boolean) => {
    const bytes = Buffer.alloc(14);
    bytes.writeInt32BE(77, 4);
    bytes.writeInt16BE(27, throttled ? 12 : 8);
    return bytes;
  };
  it.each([
    [JOIN_GROUP, 1, 2],
    [SYNC_GROUP, 0, 1],
    [HEARTBEAT, 0, 1],
    [LEAVE_GROUP, 0, 1],
  ])('finds it before and after API %i learnt of throttling', (api, last, first) => {
    const request = (version: number) => ({ api, version, correlationId: 77, generation: undefined, memberId: '' });
    expect(readErrorCode(request(last), head(false))).toBe(27);
    expect(readErrorCode(request(first), head(true))).toBe(27);
  });
});
