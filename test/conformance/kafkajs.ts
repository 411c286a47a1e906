import { CompressionTypes } from 'kafkajs';
import { Application, collect, texts } from './application.js';
import { Cluster, eventually, type Subject } from './cluster.js';

/** kafkajs, as applications use it. */
export function describeKafkajs(connect: () => Subject): void {
  describe('kafkajs', () => {
    let cluster: Cluster;
    let app: Application;
    let topic: string;
    let groupId: string;
    beforeEach(async () => {
      cluster = new Cluster(connect());
      app = await Application.of(cluster);
      ({ topic, groupId } = app);
    });
    afterEach(() => cluster.close());

    it('sends to a topic that does not exist yet', async () => {
      app.topic = cluster.name('automatic');
      await app.producer.send({ topic: app.topic, messages: [{ value: 'first' }] });
      expect(texts((await app.consume(1)).seen)).toEqual(['first']);
    });

    it('sends one key to one partition, in order', async () => {
      const messages = Array.from({ length: 40 }, (_, n) => ({ key: `key-${n % 4}`, value: String(n) }));
      await app.producer.send({ topic, messages });
      const { seen } = await app.consume(40);
      for (const key of ['key-0', 'key-1', 'key-2', 'key-3']) {
        const mine = seen.filter(({ message }) => message.key!.toString() === key);
        expect(new Set(mine.map(({ partition }) => partition)).size).toBe(1);
        const order = mine.map(({ message }) => Number(message.value));
        expect(order).toEqual(order.toSorted((a, b) => a - b));
        expect(order).toHaveLength(10);
      }
    });

    it('carries headers, empty values and tombstones', async () => {
      const headers = { one: 'text', many: ['a', 'b'] };
      await app.producer.send({
        topic,
        messages: [
          { partition: 0, key: 'k', value: null, headers },
          { partition: 0, key: null, value: '' },
        ],
      });
      const { seen } = await app.consume(2);
      expect(seen[0]!.message).toMatchObject({ key: Buffer.from('k'), value: null });
      expect(seen[0]!.message.headers).toEqual({
        one: Buffer.from('text'),
        many: [Buffer.from('a'), Buffer.from('b')],
      });
      expect(seen[1]!.message).toMatchObject({ key: null, value: Buffer.from('') });
    });

    it('compresses with gzip', async () => {
      const value = 'again and '.repeat(1000);
      const [report] = await app.producer.send({
        topic,
        compression: CompressionTypes.GZIP,
        messages: [
          { partition: 0, value },
          { partition: 0, value: 'again' },
        ],
      });
      expect(report).toMatchObject({ errorCode: 0, baseOffset: '0' });
      expect(texts((await app.consume(2)).seen)).toEqual([value, 'again']);
    });

    it('sends without waiting for an acknowledgement', async () => {
      await app.producer.send({ topic, acks: 0, messages: [{ value: 'gone', partition: 0 }] });
      expect(texts((await app.consume(1)).seen)).toEqual(['gone']);
    });

    it('sends idempotently, one partition at a time in order', async () => {
      const idempotent = await cluster.producer({ idempotent: true, maxInFlightRequests: 1 });
      for (let n = 0; n < 20; n++) await idempotent.send({ topic, messages: [{ value: String(n), partition: 0 }] });
      expect(texts((await app.consume(20)).seen)).toEqual(Array.from({ length: 20 }, (_, n) => String(n)));
    });

    it('consumes large records, larger than a fetch', async () => {
      const value = 'x'.repeat(900_000);
      await app.send(value, 'small');
      const consumer = await cluster.consumer({ groupId, maxBytesPerPartition: 10_000, maxBytes: 10_000 });
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      expect(texts(await collect(consumer, 2))).toEqual([value, 'small']);
    });

    it('commits offset and metadata, and resumes exactly there', async () => {
      await app.send('a', 'b', 'c');
      const first = await cluster.consumer({ groupId });
      await first.subscribe({ topics: [topic], fromBeginning: true });
      const joined = app.assigned(first);
      await first.run({ autoCommit: false, eachMessage: async () => {} });
      await joined;
      await first.commitOffsets([{ topic, partition: 0, offset: '2', metadata: 'done: 0-1' }]);
      expect(await app.committed()).toEqual({
        partition: 0,
        offset: '2',
        metadata: 'done: 0-1',
      });
      await first.disconnect();
      const { seen } = await app.consume(1);
      expect(texts(seen)).toEqual(['c']);
    });

    it('commits by itself and goes on after a restart', async () => {
      await app.send('a', 'b');
      const { consumer, seen } = await app.consume(2);
      expect(texts(seen)).toEqual(['a', 'b']);
      await consumer.disconnect();
      await app.send('c');
      expect(texts((await app.consume(1)).seen)).toEqual(['c']);
    });

    it('splits the partitions among members and gives them back when one leaves', async () => {
      const [one, two] = [
        await cluster.consumer({ groupId, heartbeatInterval: 100 }),
        await cluster.consumer({ groupId, heartbeatInterval: 100 }),
      ];
      for (const consumer of [one, two]) await consumer.subscribe({ topics: [topic], fromBeginning: true });
      const alone = app.assigned(one);
      await one.run({ eachMessage: async () => {} });
      expect(await alone).toEqual([0, 1, 2, 3]);
      const [mine, yours] = [app.assigned(one), app.assigned(two)];
      await two.run({ eachMessage: async () => {} });
      const halves = await Promise.all([mine, yours]);
      expect(halves.map((half) => half.length)).toEqual([2, 2]);
      expect(halves.flat().toSorted()).toEqual([0, 1, 2, 3]);
      const again = app.assigned(one);
      await two.disconnect();
      expect(await again).toEqual([0, 1, 2, 3]);
    }, 15_000);

    it('seeks', async () => {
      await app.send('a', 'b', 'c');
      const { consumer } = await app.consume(3);
      await consumer.stop();
      const restarted = collect(consumer, 1);
      consumer.seek({ topic, partition: 0, offset: '1' });
      expect(texts(await restarted)[0]).toBe('b');
    });

    it('commits and aborts transactions, which committed readers respect', async () => {
      const transactional = await app.transactional();
      const round = async (value: string, end: 'commit' | 'abort') => {
        const transaction = await transactional.transaction();
        await transaction.send({ topic, messages: [{ value, partition: 0 }] });
        await transaction[end]();
      };
      await round('committed', 'commit');
      await round('aborted', 'abort');
      await round('committed again', 'commit');
      expect(texts((await app.consume(2)).seen)).toEqual(['committed', 'committed again']);
      const dirty = { groupId: cluster.name('dirty'), readUncommitted: true };
      expect(texts((await app.consume(3, dirty)).seen)).toEqual(['committed', 'aborted', 'committed again']);
    }, 15_000);

    it('commits offsets in a transaction', async () => {
      const transaction = async (offset: string, end: 'commit' | 'abort') => {
        const transactional = await app.transactional();
        const started = await transactional.transaction();
        const topics = [{ topic, partitions: [{ partition: 0, offset }] }];
        await started.sendOffsets({ consumerGroupId: groupId, topics });
        await started[end]();
      };
      await transaction('3', 'commit');
      await eventually(async () => expect((await app.committed())?.offset).toBe('3'));
      await transaction('9', 'abort');
      await transaction('4', 'commit');
      await eventually(async () => expect((await app.committed())?.offset).toBe('4'));
    }, 15_000);
  });
}
