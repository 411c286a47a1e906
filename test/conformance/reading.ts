import { apis, errors } from '../../libs/reliable-kafka/src/testing/embedded/index.js';
import { batchOf, batchesIn } from './batch.js';
import { Cluster, fetchOf, type FetchAnswer, type Subject } from './cluster.js';
import type { RawClient } from './raw-client.js';

const EARLIEST = -2;
const LATEST = -1;

export function describeReading(connect: () => Subject): void {
  describe('reading', () => {
    let cluster: Cluster;
    let topic: string;
    let leader: RawClient;
    beforeEach(async () => {
      cluster = new Cluster(connect());
      topic = await cluster.topic();
      leader = await cluster.leader(topic);
    });
    afterEach(() => cluster.close());

    const fill = async (...batches: string[][]) => {
      for (const values of batches) await cluster.produce(leader, topic, batchOf(values));
    };
    const fetch = async (offset: number, limits: Parameters<typeof fetchOf>[2] = {}, client = leader) =>
      only(await client.call(apis.fetch, 11, fetchOf(topic, offset, limits)));
    const only = ({ topics }: FetchAnswer) => {
      const partition = topics[0]!.partitions[0]!;
      return { ...partition, batches: batchesIn(partition.records) };
    };
    const offsetAt = async (timestamp: number, version = 5) => {
      const partitions = [{ partitionIndex: 0, timestamp }];
      const request = { replicaId: -1, topics: [{ name: topic, partitions }] };
      const answer = await leader.call(apis.listOffsets, version, request);
      const { errorCode, offset, timestamp: time } = answer.topics[0]!.partitions[0]!;
      return { errorCode, offset, timestamp: time };
    };
    const deleteBefore = async (offset: number) => {
      const request = { topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset }] }], timeoutMs: 5_000 };
      const { topics } = await leader.call(apis.deleteRecords, 1, request);
      const { lowWatermark, errorCode } = topics[0]!.partitions[0]!;
      return { lowWatermark, errorCode };
    };

    it('begins with the batch that holds the offset', async () => {
      await fill(['a', 'b', 'c'], ['d'], ['e', 'f']);
      const first = async (offset: number) => (await fetch(offset)).batches.map(({ baseOffset }) => baseOffset);
      expect(await first(0)).toEqual([0, 3, 4]);
      expect(await first(2)).toEqual([0, 3, 4]);
      expect(await first(3)).toEqual([3, 4]);
      expect(await first(5)).toEqual([4]);
      expect(await fetch(6)).toMatchObject({ errorCode: 0, highWatermark: 6, lastStableOffset: 6, logStartOffset: 0 });
      expect(await first(6)).toEqual([]);
    });

    it('gives at least one batch, however small the limits', async () => {
      await fill(['x'.repeat(500)], ['y'], ['z']);
      const count = async (limits: Parameters<typeof fetchOf>[2]) => (await fetch(0, limits)).batches.length;
      expect(await count({ partitionMaxBytes: 1 })).toBe(1);
      expect(await count({ maxBytes: 1 })).toBe(1);
      expect(await count({ partitionMaxBytes: 570 + 70 })).toBe(2);
    });

    it('gives one batch beyond the limits, not one of each partition', async () => {
      topic = await cluster.topic(3 * cluster.subject.brokers.length);
      const [empty, full, other] = await cluster.ledTogether(topic);
      const client = await cluster.leader(topic, full);
      const records = [batchOf(['x'.repeat(500)])];
      const written = [full!, other!].map((index) => ({ index, records }));
      await client.call(apis.produce, 7, {
        acks: -1,
        timeoutMs: 5_000,
        topics: [{ name: topic, partitions: written }],
      });
      const request = fetchOf(topic, 0, { maxBytes: 1 });
      const asked = [empty!, full!, other!].map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1 }));
      const answer = await client.call(apis.fetch, 11, { ...request, topics: [{ topic, partitions: asked }] });
      const counts = answer.topics[0]!.partitions.map(({ records }) => batchesIn(records).length);
      expect(counts.toSorted()).toEqual([0, 0, 1]);
    });

    it('says out of range below the start and beyond the end, without offsets', async () => {
      await fill(['a', 'b', 'c']);
      await deleteBefore(2);
      const outside = { errorCode: errors.OFFSET_OUT_OF_RANGE, highWatermark: -1, lastStableOffset: -1, batches: [] };
      expect(await fetch(1)).toMatchObject(outside);
      expect(await fetch(4)).toMatchObject(outside);
      expect(await fetch(-1)).toMatchObject(outside);
      expect(await fetch(3)).toMatchObject({ errorCode: errors.NONE, highWatermark: 3, logStartOffset: 2 });
    });

    it('answers an unknown partition with an error, at once', async () => {
      topic = cluster.name('nowhere');
      const patient = { maxWaitMs: 60_000, minBytes: 1 };
      expect((await fetch(0, patient)).errorCode).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION);
    });

    it('waits for records no longer than it is told', async () => {
      const from = Date.now();
      expect((await fetch(0, { maxWaitMs: 300 })).batches).toEqual([]);
      expect(Date.now() - from).toBeGreaterThanOrEqual(290);
    });

    it('answers a waiting reader as soon as there are records', async () => {
      const reader = await cluster.leader(topic);
      const waiting = fetch(0, { maxWaitMs: 60_000 }, reader);
      await cluster.roundTrip(leader);
      await fill(['a']);
      expect((await waiting).batches).toHaveLength(1);
    });

    it('tells a waiting reader that its topic is gone', async () => {
      const reader = await cluster.leader(topic);
      const waiting = fetch(0, { maxWaitMs: 60_000 }, reader);
      await cluster.roundTrip(leader);
      await leader.call(apis.deleteTopics, 3, { topicNames: [topic], timeoutMs: 5_000 });
      expect((await waiting).errorCode).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION);
    });

    it('waits for the least number of bytes', async () => {
      const reader = await cluster.leader(topic);
      const waiting = fetch(0, { maxWaitMs: 60_000, minBytes: 300 }, reader);
      await cluster.roundTrip(leader);
      await fill(['x'.repeat(100)]);
      await fill(['x'.repeat(200)]);
      expect((await waiting).batches).toHaveLength(2);
    });

    it('declines an unknown session and a leader epoch of another time', async () => {
      const session = { ...fetchOf(topic, 0), sessionId: 4711, sessionEpoch: 3 };
      expect((await leader.call(apis.fetch, 11, session)).errorCode).toBe(errors.FETCH_SESSION_ID_NOT_FOUND);
      const later = fetchOf(topic, 0);
      later.topics[0]!.partitions[0] = { ...later.topics[0]!.partitions[0]!, currentLeaderEpoch: 99 } as never;
      expect(only(await leader.call(apis.fetch, 11, later)).errorCode).toBe(errors.UNKNOWN_LEADER_EPOCH);
    });

    it('finds the earliest and the latest offset', async () => {
      expect(await offsetAt(EARLIEST)).toEqual({ errorCode: 0, offset: 0, timestamp: -1 });
      expect(await offsetAt(LATEST)).toEqual({ errorCode: 0, offset: 0, timestamp: -1 });
      await fill(['a', 'b'], ['c']);
      await deleteBefore(1);
      for (const version of [1, 2, 3, 4, 5]) {
        expect(await offsetAt(EARLIEST, version)).toEqual({ errorCode: 0, offset: 1, timestamp: -1 });
        expect(await offsetAt(LATEST, version)).toEqual({ errorCode: 0, offset: 3, timestamp: -1 });
      }
      topic = cluster.name('nowhere');
      expect(await offsetAt(LATEST)).toMatchObject({ errorCode: errors.UNKNOWN_TOPIC_OR_PARTITION, offset: -1 });
    });

    it('finds the first record that is not older than a time, inside batches and out of order', async () => {
      const at = (...timestamps: number[]) => batchOf(timestamps.map(String), { timestamps });
      for (const batch of [at(1000, 1010), at(1030, 1020, 1040), at(1005), at(1050)]) {
        await cluster.produce(leader, topic, batch);
      }
      const found = async (timestamp: number) => {
        const { offset, timestamp: time } = await offsetAt(timestamp);
        return [offset, time];
      };
      expect(await found(0)).toEqual([0, 1000]);
      expect(await found(1010)).toEqual([1, 1010]);
      expect(await found(1011)).toEqual([2, 1030]);
      expect(await found(1031)).toEqual([4, 1040]);
      expect(await found(1041)).toEqual([6, 1050]);
      expect(await found(1051)).toEqual([-1, -1]);
      await deleteBefore(5);
      expect(await found(1000)).toEqual([5, 1005]);
      expect(await found(1006)).toEqual([6, 1050]);
    });

    it('deletes records below an offset, never above the end', async () => {
      await fill(['a', 'b', 'c'], ['d']);
      expect(await deleteBefore(2)).toEqual({ lowWatermark: 2, errorCode: 0 });
      expect(await deleteBefore(1)).toEqual({ lowWatermark: 2, errorCode: 0 });
      expect(await deleteBefore(9)).toEqual({ lowWatermark: -1, errorCode: errors.OFFSET_OUT_OF_RANGE });
      expect((await fetch(2)).batches.map(({ baseOffset }) => baseOffset)).toEqual([0, 3]);
      expect(await deleteBefore(-1)).toEqual({ lowWatermark: 4, errorCode: 0 });
      expect(await fetch(4)).toMatchObject({ errorCode: 0, highWatermark: 4, logStartOffset: 4 });
      await fill(['e']);
      expect((await fetch(4)).batches.map(({ baseOffset }) => baseOffset)).toEqual([4]);
    });
  });
}
