import {
  CompressionTypes,
  ConfigResourceTypes,
  type Admin,
  type Consumer,
  type KafkaMessage,
  type Producer,
} from 'kafkajs';
import { Cluster, eventually, type Subject } from './cluster.js';

type Seen = { partition: number; message: KafkaMessage };

/** kafkajs, as applications use it. */
export function describeKafkajs(connect: () => Subject): void {
  describe('kafkajs', () => {
    let cluster: Cluster;
    let admin: Admin;
    let producer: Producer;
    let topic: string;
    let groupId: string;
    beforeEach(async () => {
      cluster = new Cluster(connect());
      admin = await cluster.admin();
      producer = await cluster.producer();
      topic = await cluster.topic(4);
      groupId = cluster.name('group');
    });
    afterEach(() => cluster.close());

    /** Consumes until so many records have come. */
    const collect = async (consumer: Consumer, count: number): Promise<Seen[]> => {
      const seen: Seen[] = [];
      await new Promise<void>((resolve, reject) => {
        const eachMessage = async ({ partition, message }: Seen) => {
          seen.push({ partition, message });
          if (seen.length === count) resolve();
        };
        consumer.run({ eachMessage }).catch(reject);
      });
      return seen;
    };
    const consume = async (count: number, options: { groupId?: string; readUncommitted?: boolean } = {}) => {
      const consumer = await cluster.consumer({ groupId, ...options });
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      return { consumer, seen: await collect(consumer, count) };
    };
    const texts = (seen: Seen[]) => seen.map(({ message }) => message.value!.toString());
    const send = (...values: string[]) =>
      producer.send({ topic, messages: values.map((value) => ({ value, partition: 0 })) });
    /** Resolves with the partitions that a consumer was given by its next join. */
    const assigned = (consumer: Consumer) =>
      new Promise<number[]>((resolve) => {
        const remove = consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
          remove();
          resolve([...(payload.memberAssignment[topic] ?? [])].toSorted());
        });
      });

    it('finds the cluster and its topics', async () => {
      const { brokers, controller, clusterId } = await admin.describeCluster();
      expect(brokers).toHaveLength(cluster.subject.brokers.length);
      expect(brokers.map(({ nodeId }) => nodeId)).toContain(controller);
      expect(clusterId).toMatch(/^[\w-]{22}$/);
      expect(await admin.listTopics()).toContain(topic);
    });

    it('creates, widens, describes and deletes topics', async () => {
      const name = cluster.name('topic');
      expect(await admin.createTopics({ topics: [{ topic: name, numPartitions: 3 }], waitForLeaders: true })).toBe(
        true,
      );
      expect(await admin.createTopics({ topics: [{ topic: name }] })).toBe(false);
      await cluster.everywhere(name, 3);
      await admin.createPartitions({ topicPartitions: [{ topic: name, count: 5 }] });
      await cluster.everywhere(name, 5);
      await admin.alterConfigs({
        validateOnly: false,
        resources: [
          { type: ConfigResourceTypes.TOPIC, name, configEntries: [{ name: 'retention.ms', value: '1234' }] },
        ],
      });
      const wanted = { type: ConfigResourceTypes.TOPIC, name, configNames: ['retention.ms'] };
      await eventually(async () => {
        const { resources } = await admin.describeConfigs({ resources: [wanted], includeSynonyms: false });
        expect(resources[0]!.configEntries[0]).toMatchObject({ configName: 'retention.ms', configValue: '1234' });
      });
      await admin.deleteTopics({ topics: [name] });
      await eventually(async () => expect(await admin.listTopics()).not.toContain(name));
    });

    it('sends to a topic that does not exist yet', async () => {
      topic = cluster.name('automatic');
      await producer.send({ topic, messages: [{ value: 'first' }] });
      expect(texts((await consume(1)).seen)).toEqual(['first']);
    });

    it('sends one key to one partition, in order', async () => {
      const messages = Array.from({ length: 40 }, (_, n) => ({ key: `key-${n % 4}`, value: String(n) }));
      await producer.send({ topic, messages });
      const { seen } = await consume(40);
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
      await producer.send({
        topic,
        messages: [
          { partition: 0, key: 'k', value: null, headers },
          { partition: 0, key: null, value: '' },
        ],
      });
      const { seen } = await consume(2);
      expect(seen[0]!.message).toMatchObject({ key: Buffer.from('k'), value: null });
      expect(seen[0]!.message.headers).toEqual({
        one: Buffer.from('text'),
        many: [Buffer.from('a'), Buffer.from('b')],
      });
      expect(seen[1]!.message).toMatchObject({ key: null, value: Buffer.from('') });
    });

    it('compresses with gzip', async () => {
      const value = 'again and '.repeat(1000);
      const [report] = await producer.send({
        topic,
        compression: CompressionTypes.GZIP,
        messages: [
          { partition: 0, value },
          { partition: 0, value: 'again' },
        ],
      });
      expect(report).toMatchObject({ errorCode: 0, baseOffset: '0' });
      expect(texts((await consume(2)).seen)).toEqual([value, 'again']);
    });

    it('sends without waiting for an acknowledgement', async () => {
      await producer.send({ topic, acks: 0, messages: [{ value: 'gone', partition: 0 }] });
      expect(texts((await consume(1)).seen)).toEqual(['gone']);
    });

    it('sends idempotently, one partition at a time in order', async () => {
      const idempotent = await cluster.producer({ idempotent: true, maxInFlightRequests: 1 });
      for (let n = 0; n < 20; n++) await idempotent.send({ topic, messages: [{ value: String(n), partition: 0 }] });
      expect(texts((await consume(20)).seen)).toEqual(Array.from({ length: 20 }, (_, n) => String(n)));
    });

    it('consumes large records, larger than a fetch', async () => {
      const value = 'x'.repeat(900_000);
      await send(value, 'small');
      const consumer = await cluster.consumer({ groupId, maxBytesPerPartition: 10_000, maxBytes: 10_000 });
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      expect(texts(await collect(consumer, 2))).toEqual([value, 'small']);
    });

    it('commits offset and metadata, and resumes exactly there', async () => {
      await send('a', 'b', 'c');
      const first = await cluster.consumer({ groupId });
      await first.subscribe({ topics: [topic], fromBeginning: true });
      const joined = assigned(first);
      await first.run({ autoCommit: false, eachMessage: async () => {} });
      await joined;
      await first.commitOffsets([{ topic, partition: 0, offset: '2', metadata: 'done: 0-1' }]);
      const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
      expect(committed!.partitions.find(({ partition }) => partition === 0)).toEqual({
        partition: 0,
        offset: '2',
        metadata: 'done: 0-1',
      });
      await first.disconnect();
      const { seen } = await consume(1);
      expect(texts(seen)).toEqual(['c']);
    });

    it('commits by itself and goes on after a restart', async () => {
      await send('a', 'b');
      const { consumer, seen } = await consume(2);
      expect(texts(seen)).toEqual(['a', 'b']);
      await consumer.disconnect();
      await send('c');
      expect(texts((await consume(1)).seen)).toEqual(['c']);
    });

    it('splits the partitions among members and gives them back when one leaves', async () => {
      const [one, two] = [
        await cluster.consumer({ groupId, heartbeatInterval: 100 }),
        await cluster.consumer({ groupId, heartbeatInterval: 100 }),
      ];
      for (const consumer of [one, two]) await consumer.subscribe({ topics: [topic], fromBeginning: true });
      const alone = assigned(one);
      await one.run({ eachMessage: async () => {} });
      expect(await alone).toEqual([0, 1, 2, 3]);
      const [mine, yours] = [assigned(one), assigned(two)];
      await two.run({ eachMessage: async () => {} });
      const halves = await Promise.all([mine, yours]);
      expect(halves.map((half) => half.length)).toEqual([2, 2]);
      expect(halves.flat().toSorted()).toEqual([0, 1, 2, 3]);
      const again = assigned(one);
      await two.disconnect();
      expect(await again).toEqual([0, 1, 2, 3]);
    }, 15_000);

    it('describes, lists and deletes groups', async () => {
      await send('a');
      const { consumer } = await consume(1);
      const { groups } = await admin.describeGroups([groupId]);
      expect(groups[0]).toMatchObject({
        groupId,
        state: 'Stable',
        protocolType: 'consumer',
        protocol: 'RoundRobinAssigner',
      });
      expect(groups[0]!.members).toHaveLength(1);
      expect((await admin.listGroups()).groups).toContainEqual({ groupId, protocolType: 'consumer' });
      await expect(admin.deleteGroups([groupId])).rejects.toThrow();
      await consumer.disconnect();
      expect(await admin.deleteGroups([groupId])).toEqual([{ groupId, errorCode: 0 }]);
    });

    it('sets and resets the offsets of a group', async () => {
      await send('a', 'b', 'c');
      await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '2' }] });
      expect(texts((await consume(1)).seen)).toEqual(['c']);
      const other = cluster.name('other');
      await admin.resetOffsets({ groupId: other, topic, earliest: true });
      expect(texts((await consume(3, { groupId: other })).seen)).toEqual(['a', 'b', 'c']);
    }, 40_000);

    it('finds offsets, also by time', async () => {
      const messages = [1000, 2000, 3000].map((time) => ({ partition: 0, value: 'x', timestamp: String(time) }));
      await producer.send({ topic, messages });
      const first = <T extends { partition: number }>(partitions: T[]) => partitions.find((one) => one.partition === 0);
      expect(first(await admin.fetchTopicOffsets(topic))).toMatchObject({ low: '0', high: '3', offset: '3' });
      expect(first(await admin.fetchTopicOffsetsByTimestamp(topic, 1500))).toMatchObject({ offset: '1' });
      expect(first(await admin.fetchTopicOffsetsByTimestamp(topic, 9000))).toMatchObject({ offset: '3' });
    });

    it('deletes records', async () => {
      await send('a', 'b', 'c');
      await admin.fetchTopicOffsets(topic); // kafkajs deletes only where it has loaded the metadata before
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] });
      expect((await admin.fetchTopicOffsets(topic)).find(({ partition }) => partition === 0)).toMatchObject({
        low: '2',
      });
      expect(texts((await consume(1)).seen)).toEqual(['c']);
    });

    it('seeks, pauses and resumes', async () => {
      await send('a', 'b', 'c');
      const { consumer } = await consume(3);
      await consumer.stop();
      const restarted = collect(consumer, 1);
      consumer.seek({ topic, partition: 0, offset: '1' });
      expect(texts(await restarted)[0]).toBe('b');
    });

    it('commits and aborts transactions, which committed readers respect', async () => {
      const transactional = await cluster.producer({
        transactionalId: cluster.name('transactional'),
        idempotent: true,
        maxInFlightRequests: 1,
      });
      const round = async (value: string, end: 'commit' | 'abort') => {
        const transaction = await transactional.transaction();
        await transaction.send({ topic, messages: [{ value, partition: 0 }] });
        await transaction[end]();
      };
      await round('committed', 'commit');
      await round('aborted', 'abort');
      await round('committed again', 'commit');
      expect(texts((await consume(2)).seen)).toEqual(['committed', 'committed again']);
      const dirty = { groupId: cluster.name('dirty'), readUncommitted: true };
      expect(texts((await consume(3, dirty)).seen)).toEqual(['committed', 'aborted', 'committed again']);
    }, 15_000);

    it('commits offsets in a transaction', async () => {
      const transaction = async (offset: string, end: 'commit' | 'abort') => {
        const transactionalId = cluster.name('transactional');
        const transactional = await cluster.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 });
        const started = await transactional.transaction();
        const topics = [{ topic, partitions: [{ partition: 0, offset }] }];
        await started.sendOffsets({ consumerGroupId: groupId, topics });
        await started[end]();
      };
      const committed = async () => {
        const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
        return offsets!.partitions.find(({ partition }) => partition === 0)?.offset;
      };
      await transaction('3', 'commit');
      await eventually(async () => expect(await committed()).toBe('3'));
      await transaction('9', 'abort');
      await transaction('4', 'commit');
      await eventually(async () => expect(await committed()).toBe('4'));
    }, 15_000);
  });
}
