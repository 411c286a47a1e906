import { apis, errors } from '../../libs/reliable-kafka/src/testing/embedded/index.js';
import { batchOf } from './batch.js';
import { Cluster, eventually, fetchOf, type Subject } from './cluster.js';
import type { RawClient } from './raw-client.js';
import { RawMember } from './raw-member.js';
import { RawTransaction } from './raw-transaction.js';

const READ_COMMITTED = 1;
const LATEST = -1;

export function describeTransactions(connect: () => Subject): void {
  describe('transactions', () => {
    let cluster: Cluster;
    let topic: string;
    let leader: RawClient;
    let id: string;
    beforeEach(async () => {
      cluster = new Cluster(connect());
      topic = await cluster.topic(2);
      leader = await cluster.leader(topic);
      id = cluster.name('transactional');
    });
    afterEach(() => cluster.close());

    const begin = (options?: { timeoutMs: number }) => RawTransaction.of(cluster, id, topic, leader, options);
    const read = async (isolationLevel: number, offset = 0) => {
      const { batches, abortedTransactions, highWatermark, lastStableOffset } = await cluster.fetch(
        leader,
        topic,
        offset,
        isolationLevel,
      );
      const seen = batches.map(({ control, records }) =>
        control ? 'marker' : records.map(({ value }) => value).join(),
      );
      return { seen, aborted: abortedTransactions, end: highWatermark, stable: lastStableOffset };
    };
    /** Markers are written a moment after the end of a transaction is acknowledged. */
    const settled = (end: number) =>
      eventually(async () => expect(await read(READ_COMMITTED)).toMatchObject({ end, stable: end }));

    it('hide their records from committed readers until they are committed', async () => {
      const transaction = await begin();
      expect(await transaction.add()).toBe(errors.NONE);
      expect((await transaction.send(['a', 'b'])).baseOffset).toBe(0);
      await cluster.produce(leader, topic, batchOf(['outside']));
      expect(await read(READ_COMMITTED)).toEqual({ seen: [], aborted: [], end: 3, stable: 0 });
      expect(await read(0)).toEqual({ seen: ['a,b', 'outside'], aborted: null, end: 3, stable: 0 });
      expect(await transaction.end(true)).toBe(errors.NONE);
      await settled(4);
      expect(await read(READ_COMMITTED)).toEqual({
        seen: ['a,b', 'outside', 'marker'],
        aborted: [],
        end: 4,
        stable: 4,
      });
    });

    it('name what was aborted to committed readers, who leave it out', async () => {
      const transaction = await begin();
      await transaction.add();
      await transaction.send(['a']);
      await cluster.produce(leader, topic, batchOf(['outside']));
      expect(await transaction.end(false)).toBe(errors.NONE);
      await settled(3);
      const aborted = [{ producerId: transaction.producerId, firstOffset: 0 }];
      expect(await read(READ_COMMITTED)).toMatchObject({ seen: ['a', 'outside', 'marker'], aborted });
      expect(await read(READ_COMMITTED, 2)).toMatchObject({ seen: ['marker'], aborted });
      expect(await read(0)).toMatchObject({ seen: ['a', 'outside', 'marker'], aborted: null });
      await cluster.produce(leader, topic, batchOf(['later']));
      expect(await read(READ_COMMITTED, 3)).toMatchObject({ seen: ['later'], aborted: [] });
    });

    it('move the end for committed readers only as they end', async () => {
      const latest = async (isolationLevel: number) => {
        const partitions = [{ partitionIndex: 0, timestamp: LATEST }];
        const request = { replicaId: -1, isolationLevel, topics: [{ name: topic, partitions }] };
        return (await leader.call(apis.listOffsets, 5, request)).topics[0]!.partitions[0]!.offset;
      };
      await cluster.produce(leader, topic, batchOf(['outside']));
      const transaction = await begin();
      await transaction.add();
      await transaction.send(['a']);
      expect([await latest(0), await latest(READ_COMMITTED)]).toEqual([2, 1]);
      await transaction.end(true);
      await settled(3);
      expect([await latest(0), await latest(READ_COMMITTED)]).toEqual([3, 3]);
    });

    it('wake a committed reader when they end', async () => {
      const transaction = await begin();
      await transaction.add();
      await transaction.send(['a']);
      const reader = await cluster.leader(topic);
      const waiting = reader.call(
        apis.fetch,
        11,
        fetchOf(topic, 0, { isolationLevel: READ_COMMITTED, maxWaitMs: 60_000 }),
      );
      await cluster.roundTrip(leader);
      await transaction.end(true);
      expect((await waiting).topics[0]!.partitions[0]!.records!.length).toBeGreaterThan(0);
    });

    it('do not follow one upon the other with old sequences, but go on with them', async () => {
      const transaction = await begin();
      await transaction.add();
      await transaction.send(['a']);
      await transaction.end(true);
      await settled(2);
      await eventually(async () => expect(await transaction.add()).toBe(errors.NONE));
      expect(await transaction.send(['b'])).toMatchObject({ errorCode: errors.NONE, baseOffset: 2 });
      await transaction.end(true);
      await settled(4);
    });

    it('take a batch only for a partition that was added', async () => {
      const transaction = await begin();
      expect((await transaction.send(['a'])).errorCode).toBe(errors.INVALID_TXN_STATE);
      expect(await transaction.addPartitions([1])).toEqual([errors.NONE]);
      expect((await transaction.send(['a'])).errorCode).toBe(errors.INVALID_TXN_STATE);
      await transaction.add();
      expect((await transaction.send(['a'])).errorCode).toBe(errors.NONE);
    });

    it('add all of the partitions or none', async () => {
      const transaction = await begin();
      expect(await transaction.addPartitions([0, 7])).toEqual([
        errors.OPERATION_NOT_ATTEMPTED,
        errors.UNKNOWN_TOPIC_OR_PARTITION,
      ]);
      expect(await transaction.end(true)).toBe(errors.INVALID_TXN_STATE);
    });

    it('end once: the same end again is harmless, the other one an error', async () => {
      const transaction = await begin();
      expect(await transaction.end(true)).toBe(errors.INVALID_TXN_STATE);
      await transaction.add();
      await transaction.send(['a']);
      expect(await transaction.end(true)).toBe(errors.NONE);
      await settled(2);
      await eventually(async () => expect(await transaction.end(true)).toBe(errors.NONE));
      expect(await transaction.end(false)).toBe(errors.INVALID_TXN_STATE);
    });

    it('end without records', async () => {
      const transaction = await begin();
      await transaction.add();
      expect(await transaction.end(false)).toBe(errors.NONE);
      await settled(1);
      expect(await read(READ_COMMITTED)).toMatchObject({ seen: ['marker'], aborted: [] });
    });

    it('are fenced and aborted by the next producer of the same name', async () => {
      const old = await begin();
      await old.add();
      await old.send(['old']);
      const next = await begin();
      expect(next.producerId).toBe(old.producerId);
      expect(next.epoch).toBeGreaterThan(old.epoch);
      await settled(2);
      expect((await read(READ_COMMITTED)).aborted).toEqual([{ producerId: old.producerId, firstOffset: 0 }]);
      expect((await old.send(['zombie'])).errorCode).toBe(errors.INVALID_PRODUCER_EPOCH);
      expect(await old.add()).toBe(errors.PRODUCER_FENCED);
      expect(await old.end(true)).toBe(errors.PRODUCER_FENCED);
      expect(await old.end(true, 1)).toBe(errors.INVALID_PRODUCER_EPOCH);
      await next.add();
      expect((await next.send(['new'])).errorCode).toBe(errors.NONE);
    });

    it('keep strangers out', async () => {
      const transaction = await begin();
      const stranger = Object.assign(await begin(), { producerId: transaction.producerId + 1_000_000 });
      expect(await stranger.add()).toBe(errors.INVALID_PRODUCER_ID_MAPPING);
      expect(await stranger.end(true)).toBe(errors.INVALID_PRODUCER_ID_MAPPING);
      expect((await stranger.send(['a'])).errorCode).toBe(errors.INVALID_PRODUCER_ID_MAPPING);
      const client = await cluster.transactionCoordinator(id);
      const init = async (transactionalId: string, transactionTimeoutMs: number) =>
        (await client.call(apis.initProducerId, 1, { transactionalId, transactionTimeoutMs })).errorCode;
      expect(await init('', 1000)).toBe(errors.INVALID_REQUEST);
      expect(await init(id, 0)).toBe(errors.INVALID_TRANSACTION_TIMEOUT);
      expect(await init(id, 999_999_999)).toBe(errors.INVALID_TRANSACTION_TIMEOUT);
    });

    it('are aborted when their time is over', async () => {
      const transaction = await begin({ timeoutMs: 1_000 });
      expect(await transaction.add()).toBe(errors.NONE);
      expect((await transaction.send(['a'])).errorCode).toBe(errors.NONE);
      await settled(2);
      expect((await read(READ_COMMITTED)).aborted).toHaveLength(1);
      expect(await transaction.end(true)).toBe(errors.PRODUCER_FENCED);
    }, 30_000);

    it('commit offsets with their end, and drop them with their failure', async () => {
      const reader = await RawMember.of(cluster, cluster.name('group'));
      const transaction = await begin();
      expect(await transaction.commitOffset(reader.group, 5, 'early')).toBe(errors.INVALID_TXN_STATE);
      expect(await transaction.addGroup(reader.group)).toBe(errors.NONE);
      expect(await transaction.commitOffset(reader.group, 5, 'm')).toBe(errors.NONE);
      expect(await transaction.commitOffset(reader.group, 5, 'x'.repeat(4097))).toBe(errors.OFFSET_METADATA_TOO_LARGE);
      expect(await reader.committed(topic)).toEqual({ offset: -1, metadata: '' });
      await transaction.end(true);
      await eventually(async () => expect(await reader.committed(topic)).toEqual({ offset: 5, metadata: 'm' }));

      await eventually(async () => expect(await transaction.addGroup(reader.group)).toBe(errors.NONE));
      expect(await transaction.commitOffset(reader.group, 9, 'lost')).toBe(errors.NONE);
      await transaction.end(false);
      await eventually(async () => expect(await transaction.addGroup(reader.group)).toBe(errors.NONE));
      expect(await reader.committed(topic)).toEqual({ offset: 5, metadata: 'm' });
    });

    it('do not overwrite what was committed after their own offsets', async () => {
      const reader = await RawMember.of(cluster, cluster.name('group'));
      const transaction = await begin();
      await transaction.addGroup(reader.group);
      await transaction.commitOffset(reader.group, 5, 'transaction');
      expect(await reader.commit(topic, 7, 'later')).toBe(errors.NONE);
      await transaction.end(true);
      await eventually(async () => expect(await transaction.addGroup(reader.group)).toBe(errors.NONE));
      expect(await reader.committed(topic)).toEqual({ offset: 7, metadata: 'later' });
    });
  });
}
