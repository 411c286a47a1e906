import { beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import type { SourceListener } from '../contracts/index.js';
import { NONE, REBALANCE_IN_PROGRESS, UNKNOWN_MEMBER_ID } from './error-codes.js';
import { HEARTBEAT, JOIN_GROUP, LEAVE_GROUP, SYNC_GROUP } from './group-requests.js';
import { GroupSession } from './group-session.js';
import { Lease } from './lease.js';

const PARTITIONS = [{ topic: 't', partition: 0 }];
const request = (api: number, generation?: number) => ({
  api,
  version: 3,
  correlationId: 1,
  generation,
  memberId: 'm',
});

let session: GroupSession;
let lease: Lease;
let happened: string[];
let settled: boolean;
let letDrain: () => void;

beforeEach(() => {
  happened = [];
  settled = true;
  lease = new Lease(
    1_000,
    () => 0,
    () => undefined,
  );
  const listener: SourceListener = {
    assigned: () => (happened.push('assigned'), [5n]),
    records: () => undefined,
    drain: (reason) => {
      happened.push(`drain: ${reason}`);
      return new Promise((resolve) => (letDrain = resolve));
    },
    revoked: () => void happened.push('revoked'),
    leaseChanged: () => undefined,
  };
  const log = { log() {}, warn() {}, error() {} };
  session = new GroupSession(lease, () => listener, 1_000, log, {
    settled: () => settled,
    load: async () => [],
    opening: () => undefined,
    begin: () => void happened.push('fetch'),
    restore: () => void happened.push('restore'),
    end: () => void happened.push('stop fetching'),
  });
});

async function join(generation: number): Promise<void> {
  session.answered(request(SYNC_GROUP, generation), NONE, 0);
  session.joined('m', PARTITIONS);
  await turn();
}

describe('an assignment', () => {
  it('begins with a GROUP_JOIN that leaves no join unanswered', async () => {
    settled = false;
    await join(1);
    expect(happened).toEqual([]);
    settled = true;
    await join(1);
    expect(happened).toEqual(['assigned', 'fetch']);
  });

  it('ends for all requests that are held, in one drain', async () => {
    await join(1);
    const holds = [JOIN_GROUP, JOIN_GROUP, LEAVE_GROUP].map((api) => session.holds(request(api)));
    await turn();
    expect(happened.slice(2)).toEqual(['stop fetching', 'drain: rebalance']);
    letDrain();
    await Promise.all(holds);
    expect(happened.at(-1)).toBe('revoked');
    expect(session.current).toBeUndefined();
    expect(session.holds(request(JOIN_GROUP))).toBeUndefined();
  });

  it('goes on when kafkajs joined twice at once: positions are given back to it', async () => {
    await join(1);
    session.joined('m', PARTITIONS);
    expect(happened).toEqual(['assigned', 'fetch', 'restore']);
  });

  it('does not begin when a join starts while its positions are read', async () => {
    session.answered(request(SYNC_GROUP, 1), NONE, 0);
    session.joined('m', PARTITIONS);
    session.holds(request(JOIN_GROUP));
    await turn();
    expect(happened).toEqual([]);
  });

  it('begins again with a heartbeat that is acknowledged under its generation, and under no other', async () => {
    await join(1);
    void session.holds(request(JOIN_GROUP));
    letDrain();
    await turn();
    session.answered(request(HEARTBEAT, 2), NONE, 0);
    settled = false;
    session.answered(request(HEARTBEAT, 1), NONE, 0);
    await turn();
    expect(happened.at(-1)).toBe('revoked');
    settled = true;
    session.answered(request(HEARTBEAT, 1), NONE, 0);
    await turn();
    expect(happened.slice(-2)).toEqual(['assigned', 'fetch']);
  });

  it('does not begin again after the group was left', async () => {
    await join(1);
    void session.holds(request(LEAVE_GROUP));
    letDrain();
    await turn();
    session.answered(request(HEARTBEAT, 1), NONE, 0);
    await turn();
    expect(happened.at(-1)).toBe('revoked');
  });
});

describe('the coordinator', () => {
  it('begins a drain by saying that the group rebalances', async () => {
    await join(1);
    session.answered(request(HEARTBEAT, 1), REBALANCE_IN_PROGRESS, 0);
    expect(happened.at(-1)).toBe('drain: rebalance');
    expect(lease.held).toBe(true);
  });

  it('ends the lease by not knowing us', async () => {
    await join(1);
    session.answered(request(HEARTBEAT, 1), UNKNOWN_MEMBER_ID, 0);
    expect(lease.held).toBe(false);
  });

  it('says nothing about this assignment when it speaks of an earlier generation', async () => {
    await join(2);
    session.answered(request(HEARTBEAT, 1), UNKNOWN_MEMBER_ID, 0);
    expect(lease.held).toBe(true);
    expect(happened).toEqual(['assigned', 'fetch']);
  });
});
