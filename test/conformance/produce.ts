import { apis, errors } from '../../libs/reliable-kafka/src/testing/embedded/index.js';
import { batchOf, sealed } from './batch.js';
import { Cluster, type Subject } from './cluster.js';
import type { RawClient } from './raw-client.js';

export function describeProduce(connect: () => Subject): void {
  describe('produce', () => {
    let cluster: Cluster;
    let topic: string;
    let leader: RawClient;
    beforeEach(async () => {
      cluster = new Cluster(connect());
      topic = await cluster.topic();
      leader = await cluster.leader(topic);
    });
    afterEach(() => cluster.close());

    const send = async (records: Buffer[] | null, { acks = -1, name = topic, index = 0, version = 7 } = {}) => {
      const topics = [{ name, partitions: [{ index, records }] }];
      const answer = await leader.call(apis.produce, version, { acks, timeoutMs: 10_000, topics });
      return answer.topics[0]!.partitions[0]!;
    };
    const end = async () => (await cluster.fetch(leader, topic, 0)).highWatermark;

    it('gives each batch the next offsets and keeps everything else as it was sent', async () => {
      const before = { logStartOffset: 0, logAppendTimeMs: -1, errorCode: 0, index: 0 };
      expect(await send([batchOf(['a', 'b'])])).toMatchObject({ ...before, baseOffset: 0 });
      expect(await send([batchOf(['c'], { timestamps: [1234] })])).toMatchObject({ ...before, baseOffset: 2 });
      const { batches } = await cluster.fetch(leader, topic, 0);
      expect(batches.map(({ baseOffset, lastOffset }) => [baseOffset, lastOffset])).toEqual([
        [0, 1],
        [2, 2],
      ]);
      expect(batches.flatMap(({ records }) => records)).toEqual([
        { offset: 0, value: 'a' },
        { offset: 1, value: 'b' },
        { offset: 2, value: 'c' },
      ]);
      expect(batches[1]!.maxTimestamp).toBe(1234);
      expect(batches[0]!.leaderEpoch).toBe(0);
    });

    it('acknowledges with 1, does not answer with 0, and knows no other number', async () => {
      expect((await send([batchOf(['a'])], { acks: 1 })).errorCode).toBe(errors.NONE);
      leader.write(apis.produce, 7, {
        acks: 0,
        timeoutMs: 1_000,
        topics: [{ name: topic, partitions: [{ index: 0, records: [batchOf(['b'])] }] }],
      });
      expect((await send([batchOf(['c'])])).baseOffset).toBe(2);
      expect((await send([batchOf(['d'])], { acks: 2 })).errorCode).toBe(errors.INVALID_REQUIRED_ACKS);
      expect(await end()).toBe(3);
    });

    it('hangs up when what nobody waits for has failed', async () => {
      leader.write(apis.produce, 7, {
        acks: 0,
        timeoutMs: 1_000,
        topics: [{ name: cluster.name('nowhere'), partitions: [{ index: 0, records: [batchOf(['b'])] }] }],
      });
      await leader.closed();
    });

    it('refuses unknown topics and partitions', async () => {
      const unknown = { errorCode: errors.UNKNOWN_TOPIC_OR_PARTITION, baseOffset: -1, logStartOffset: -1 };
      expect(await send([batchOf(['a'])], { name: cluster.name('nowhere') })).toMatchObject(unknown);
      expect(await send([batchOf(['a'])], { index: 7 })).toMatchObject(unknown);
    });

    it('refuses what is not exactly one sound batch of format 2', async () => {
      const bent = (bend: (batch: Buffer) => void, seal = true): Buffer => {
        const batch = batchOf(['a', 'b']);
        bend(batch);
        return seal ? sealed(batch) : batch;
      };
      const codes: Record<string, number> = {};
      const attempt = async (what: string, records: Buffer[] | null) => {
        codes[what] = (await send(records)).errorCode;
      };
      await attempt('nothing', []);
      await attempt('less than a header', [batchOf(['a']).subarray(0, 20)]);
      await attempt('a length of zero', [bent((batch) => batch.writeInt32BE(0, 8), false)]);
      await attempt('half a batch', [batchOf(['a', 'b']).subarray(0, 70)]);
      await attempt('two batches', [batchOf(['a']), batchOf(['b'])]);
      await attempt('an old format', [bent((batch) => batch.writeInt8(1, 16), false)]);
      await attempt('a wrong checksum', [bent((batch) => batch.writeInt32BE(7, 17), false)]);
      await attempt('a changed byte', [bent((batch) => batch.writeInt8(batch.at(-1)! ^ 1, batch.length - 1), false)]);
      await attempt('a record less than told', [bent((batch) => batch.writeInt32BE(2, 23))]);
      await attempt('a count of zero', [bent((batch) => batch.writeInt32BE(0, 57))]);
      await attempt('a control batch', [bent((batch) => batch.writeInt16BE(0x20, 21))]);
      expect(codes).toEqual({
        nothing: errors.INVALID_RECORD,
        'less than a header': errors.INVALID_RECORD,
        'a length of zero': errors.CORRUPT_MESSAGE,
        'half a batch': errors.INVALID_RECORD,
        'two batches': errors.INVALID_RECORD,
        'an old format': errors.INVALID_RECORD,
        'a wrong checksum': errors.CORRUPT_MESSAGE,
        'a changed byte': errors.CORRUPT_MESSAGE,
        'a record less than told': errors.INVALID_RECORD,
        'a count of zero': errors.INVALID_RECORD,
        'a control batch': errors.INVALID_RECORD,
      });
      expect(await end()).toBe(0);
    });

    it('ignores a batch that was cut off behind a whole one', async () => {
      expect(await send([batchOf(['a']), batchOf(['b']).subarray(0, 40)])).toMatchObject({
        errorCode: 0,
        baseOffset: 0,
      });
      expect(await end()).toBe(1);
    });

    it('refuses times that are too far ahead, or too far behind where the topic says so', async () => {
      const hour = 3_600_000;
      const at = (timestamp: number) => [batchOf(['a'], { timestamps: [timestamp] })];
      expect((await send(at(Date.now() + 2 * hour))).errorCode).toBe(errors.INVALID_TIMESTAMP);
      expect((await send(at(Date.now() + hour / 2))).errorCode).toBe(errors.NONE);
      expect((await send(at(0))).errorCode).toBe(errors.NONE);
      const strict = await cluster.topic(1, { 'message.timestamp.before.max.ms': '1000' });
      leader = await cluster.leader(strict);
      expect((await send(at(Date.now() - hour), { name: strict })).errorCode).toBe(errors.INVALID_TIMESTAMP);
      expect((await send(at(Date.now()), { name: strict })).errorCode).toBe(errors.NONE);
    });

    it('refuses a transactional batch without a transactional id', async () => {
      const transactional = [batchOf(['a'], { producerId: 1, producerEpoch: 0, baseSequence: 0, transactional: true })];
      expect((await send(transactional)).errorCode).toBe(errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    });

    it('refuses a batch above max.message.bytes, for its partition alone', async () => {
      const small = await cluster.topic(1, { 'max.message.bytes': '1000' });
      leader = await cluster.leader(small);
      expect((await send([batchOf(['x'.repeat(900)])], { name: small })).errorCode).toBe(errors.NONE);
      expect((await send([batchOf(['x'.repeat(1000)])], { name: small })).errorCode).toBe(errors.MESSAGE_TOO_LARGE);
    });

    it('takes zstd from clients that may send it, and from no others', async () => {
      const squeezed = batchOf(['a']);
      squeezed.writeInt16BE(4, 21);
      expect((await send([sealed(squeezed)], { version: 6 })).errorCode).toBe(errors.UNSUPPORTED_COMPRESSION_TYPE);
    });

    it('stamps its own time where the topic says so', async () => {
      const stamped = await cluster.topic(1, { 'message.timestamp.type': 'LogAppendTime' });
      leader = await cluster.leader(stamped);
      const before = Date.now();
      const answer = await send([batchOf(['a'], { timestamps: [1234] })], { name: stamped });
      expect(answer.logAppendTimeMs).toBeGreaterThanOrEqual(before);
      const { batches } = await cluster.fetch(leader, stamped, 0);
      expect(batches[0]!.maxTimestamp).toBe(answer.logAppendTimeMs);
      const consumer = await cluster.consumer({ groupId: cluster.name('group') });
      await consumer.subscribe({ topics: [stamped], fromBeginning: true });
      const seen = await new Promise((resolve, reject) => {
        void consumer.run({ eachMessage: async ({ message }) => resolve(message.value?.toString()) }).catch(reject);
      });
      expect(seen).toBe('a');
    });

    it('answers the newest version too', async () => {
      expect(await send([batchOf(['a'])], { version: 8 })).toMatchObject({
        baseOffset: 0,
        recordErrors: [],
        errorMessage: null,
      });
    });
  });
}
