import { apis, errors } from '../../libs/reliable-kafka/src/testing/embedded/index.js';
import { Cluster, type Subject } from './cluster.js';
import type { RawClient } from './raw-client.js';

export function describeProtocol(connect: () => Subject): void {
  describe('the protocol', () => {
    let cluster: Cluster;
    let client: RawClient;
    beforeEach(async () => {
      cluster = new Cluster(connect());
      client = await cluster.raw();
    });
    afterEach(() => cluster.close());

    it('has every API in every version that is offered by EmbeddedKafka', async () => {
      const { apiKeys } = await client.call(apis.apiVersions, 3, {
        clientSoftwareName: 'raw',
        clientSoftwareVersion: '1',
      });
      const ranges = new Map(apiKeys.map(({ apiKey, ...range }) => [apiKey, range]));
      for (const { key, versions } of Object.values(apis)) {
        const range = ranges.get(key);
        expect([key, range!.minVersion <= versions[0], range!.maxVersion >= versions[1]]).toEqual([key, true, true]);
      }
    });

    it('says its versions in every version', async () => {
      const newest = await client.call(apis.apiVersions, 3, { clientSoftwareName: 'raw', clientSoftwareVersion: '1' });
      for (const version of [0, 1, 2]) {
        const { apiKeys } = await client.call(apis.apiVersions, version, {});
        const keys = new Set(apiKeys.map(({ apiKey }) => apiKey));
        expect(Object.values(apis).every(({ key }) => keys.has(key))).toBe(true);
      }
      expect(newest.errorCode).toBe(errors.NONE);
    });

    it('tells a client from the future what it may ask', async () => {
      const answer = await client.call(apis.apiVersions, 99, {}, 0);
      expect(answer.errorCode).toBe(errors.UNSUPPORTED_VERSION);
      expect(answer.apiKeys.map(({ apiKey }) => apiKey)).toContain(apis.apiVersions.key);
    });

    it.each([
      ['an unknown API', [0x7f, 0x00, 0, 0, 0, 0, 0, 1, 0xff, 0xff]],
      ['an unknown version', [0, 3, 0, 99, 0, 0, 0, 1, 0xff, 0xff]],
      ['an old produce format', [0, 0, 0, 2, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0, 0, 3, 0xe8, 0, 0, 0, 0]],
      ['a truncated request', [0, 3, 0, 4, 0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 1, 0, 9, 65]],
      ['an array without end', [0, 3, 0, 4, 0, 0, 0, 1, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0]],
      ['nothing', []],
    ])('hangs up on %s', async (_, bytes) => {
      client.writeFrame(Buffer.from(bytes));
      await client.closed();
    });

    it.each([
      ['a size beyond all bounds', 0x7fff_ffff],
      ['a negative size', -1],
    ])('hangs up on %s', async (_, size) => {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32BE(size);
      client.writeBytes(bytes);
      await client.closed();
    });

    it('answers requests that are sent together in their order, also behind a long poll', async () => {
      const topic = await cluster.topic();
      const leader = await cluster.leader(topic);
      const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }];
      const poll = { replicaId: -1, maxWaitMs: 200, minBytes: 1, maxBytes: 1000, isolationLevel: 0 };
      const order: string[] = [];
      await Promise.all([
        leader.call(apis.fetch, 4, { ...poll, topics: [{ topic, partitions }] }).then(() => order.push('poll')),
        leader.call(apis.metadata, 8, { topics: [] }).then(() => order.push('metadata')),
        leader.call(apis.listGroups, 0, {}).then(() => order.push('groups')),
      ]);
      expect(order).toEqual(['poll', 'metadata', 'groups']);
    });

    it('takes a request in any number of pieces', async () => {
      const answer = await client.callInPieces(apis.metadata, 8, { topics: [] });
      expect(answer.brokers.length).toBe(cluster.subject.brokers.length);
    });
  });
}
