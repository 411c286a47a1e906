import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Consumer, Kafka, logLevel, type KafkaMessage, Partitioners } from 'kafkajs';
import type { ReliableKafkaEvent } from '../../../libs/reliable-kafka/src/contracts/index.js';
import { createProducerCore, type ProducerCoreOptions } from '../../../libs/reliable-kafka/src/kafka/index.js';
import { ReliableKafkaProducer } from '../../../libs/reliable-kafka/src/nest/producer/index.js';
import { DeliveryError, type MessageResult } from '../../../libs/reliable-kafka/src/producer/index.js';
import { EmbeddedKafka } from '../../../libs/reliable-kafka/src/testing/index.js';
import { stored } from '../../support/sendings.js';

describe('ReliableKafkaProducer', () => {
  let kafka: EmbeddedKafka;
  let client: { brokers: string[]; logLevel: logLevel; requestTimeout: number };
  const producers: ReliableKafkaProducer[] = [];
  const consumers: Consumer[] = [];
  let events: ReliableKafkaEvent[];

  beforeEach(async () => {
    events = [];
    kafka = await EmbeddedKafka.start({ topics: { t: 3, single: 1 }, autoCreateTopics: false });
    client = { brokers: kafka.brokers, logLevel: logLevel.NOTHING, requestTimeout: 300 };
  });

  afterEach(async () => {
    kafka.faults.clear();
    await Promise.all(producers.splice(0).map((producer) => producer.close(0)));
    await Promise.all(consumers.splice(0).map((consumer) => consumer.disconnect()));
    await kafka.stop();
  });

  function producer(options: Partial<ProducerCoreOptions> = {}): ReliableKafkaProducer {
    const core = createProducerCore({ client, emit: (event) => events.push(event), ...options });
    const made = new ReliableKafkaProducer(core);
    producers.push(made);
    return made;
  }

  async function received(topic: string, count: number): Promise<KafkaMessage[]> {
    const consumer = new Kafka(client).consumer({ groupId: 'reader', maxWaitTimeInMs: 50 });
    consumers.push(consumer);
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const messages: KafkaMessage[] = [];
    await new Promise<void>((resolve) => {
      void consumer.run({
        eachMessage: async ({ message }) => {
          if (messages.push(message) === count) resolve();
        },
      });
    });
    return messages;
  }

  it('reports topic, partition, offset and timestamp per message, in the order given', async () => {
    const before = Date.now();
    const reports = await producer().send('t', [
      { value: 'a', partition: 2 },
      { value: 'b', partition: 0 },
      { value: 'c', partition: 2 },
    ]);
    expect(reports).toMatchObject([
      { topic: 't', partition: 2, offset: 0n },
      { topic: 't', partition: 0, offset: 0n },
      { topic: 't', partition: 2, offset: 1n },
    ]);
    for (const { timestamp } of reports) expect(timestamp).toBeGreaterThanOrEqual(before);
  });

  it("reports the broker's time for a topic with LogAppendTime", async () => {
    const admin = new Kafka(client).admin();
    await admin.connect();
    const configEntries = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }];
    await admin.createTopics({ topics: [{ topic: 'stamped', configEntries }] });
    await admin.disconnect();
    const arriving = kafka.faults.add({ api: 'Produce', action: 'delay', ms: 30 });
    const sent = producer().send('stamped', [{ value: 'a' }]);
    const sentAt = Date.now();
    await arriving.struck();
    expect((await sent)[0]!.timestamp).toBeGreaterThanOrEqual(sentAt + 25);
  });

  it("serializes as Nest's Kafka client does, and adds key and message-id", async () => {
    const values = [{ a: 1 }, [1], 'text', Buffer.from([1, 2]), 7, null];
    await producer().send(
      'single',
      values.map((value, i) => ({ value, orderedBy: i, id: `id-${i}` })),
    );
    const messages = await received('single', values.length);
    expect(messages.map(({ value }) => value && String(value))).toEqual([
      '{"a":1}',
      '[1]',
      'text',
      '\x01\x02',
      '7',
      null,
    ]);
    expect(messages.map(({ key }) => String(key))).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(messages.map(({ headers }) => String(headers!['message-id']))).toEqual(values.map((_, i) => `id-${i}`));
  });

  it('puts a key where kafkajs and the Java client put it', async () => {
    const keys = Array.from({ length: 50 }, (_, i) => `user-${i}`);
    const partitionMetadata = [0, 1, 2].map((partitionId) => ({ partitionId, leader: 0 }) as never);
    const theirs = Partitioners.DefaultPartitioner();
    const reports = await producer().send(
      't',
      keys.map((orderedBy) => ({ value: 1, orderedBy })),
    );
    expect(reports.map(({ partition }) => partition)).toEqual(
      keys.map((key) => theirs({ topic: 't', partitionMetadata, message: { key, value: '' } })),
    );
  });

  it('asks the custom partitioner, which sees the payload', async () => {
    const custom = producer({ producer: { partitioner: ({ value }) => (value as { to: number }).to } });
    const reports = await custom.send('t', [{ value: { to: 2 }, orderedBy: 'x' }]);
    expect(reports).toMatchObject([{ partition: 2 }]);
  });

  it('gathers single sends into few requests, in the order of the calls', async () => {
    const requests = kafka.faults.add({ api: 'Produce', action: 'delay', ms: 1 });
    const one = producer();
    const reports = await Promise.all(
      Array.from({ length: 300 }, (_, i) => one.send('single', [{ value: String(i) }])),
    );
    expect(reports.map(([report]) => Number(report!.offset))).toEqual(Array.from({ length: 300 }, (_, i) => i));
    expect(requests.hits).toBeLessThan(10);
  });

  it('refuses a wrong message before anything of its send is sent', async () => {
    const one = producer();
    await expect(one.send('t', [{ value: 1 }, { userId: 7 } as never])).rejects.toThrow(
      /Message 1 to 't': unknown property 'userId'/,
    );
    await expect(one.send('t', [{ value: 1 }, { value: 1, partition: 3 }])).rejects.toThrow(
      /partition 3 .* has 3: choose 0 to 2/,
    );
    expect([...(await stored(kafka.brokers, 't')).values()].flat()).toEqual([]);
  });

  describe('a topic that does not exist', () => {
    it('is an error that names it and the remedy', async () => {
      await expect(producer().send('nowhere', [{ value: 1 }])).rejects.toThrow(/'nowhere' does not exist. Create it/);
    });

    it('is created when its options say how many partitions it wants', async () => {
      const one = producer({ topics: { wanted: { partitions: 5 } } });
      expect(await one.send('wanted', [{ value: 1, partition: 4 }])).toMatchObject([{ partition: 4 }]);
    });
  });

  it('learns of new partitions when its metadata is old', async () => {
    const one = producer({ producer: { metadataMaxAge: 1 } });
    await one.send('single', [{ value: 1 }]);
    const admin = new Kafka(client).admin();
    await admin.connect();
    await admin.createPartitions({ topicPartitions: [{ topic: 'single', count: 2 }] });
    await admin.disconnect();
    const toTheNewOne = () => one.send('single', [{ value: 1, partition: 1 }]).catch(() => undefined);
    while (!(await toTheNewOne())) await new Promise(setImmediate);
    expect((await stored(kafka.brokers, 'single')).get(1)).toHaveLength(1);
  });

  it('does not let a partition that cannot be written to keep the others waiting', async () => {
    const one = producer();
    await one.send('t', [
      { value: 0, partition: 0 },
      { value: 1, partition: 1 },
    ]);
    const touchesPartition0 = ({ request }: { request: any }) =>
      request.topics.some((topic: any) => topic.partitions.some((data: any) => data.index === 0));
    const down = kafka.faults.add({
      api: 'Produce',
      action: 'error',
      code: 'NOT_ENOUGH_REPLICAS',
      when: touchesPartition0,
    });
    const stuck = one.send('t', [{ value: 'stuck', partition: 0 }]);
    await down.struck();
    await one.send('t', [
      { value: 'together', partition: 1 },
      { value: 'with another', partition: 2 },
    ]);
    for (let i = 0; i < 20; i++) await one.send('t', [{ value: i, partition: 1 }]);
    down.remove();
    await stuck;
    expect((await stored(kafka.brokers, 't')).get(0)).toEqual(['0', 'stuck']);
  });

  it('rejects what cannot be delivered in time, tells it as an event, and goes on', async () => {
    const down = kafka.faults.add({ api: 'Produce', action: 'error', code: 'NOT_ENOUGH_REPLICAS' });
    const one = producer({ producer: { deliveryTimeout: 200 } });
    const error = await one.send('t', [{ value: 1, id: 'x' }]).catch((error) => error);
    expect(error).toBeInstanceOf(DeliveryError);
    expect(error.results).toMatchObject([{ id: 'x', status: 'unknown', error: { type: 'NOT_ENOUGH_REPLICAS' } }]);
    expect(events).toMatchObject([
      { type: 'send-retried', topic: 't', records: 1, attempt: 1, error: { type: 'NOT_ENOUGH_REPLICAS' } },
      { type: 'send-failed', topic: 't', error, unheard: false },
    ]);
    down.remove();
    await one.send('t', [{ value: 2 }]);
  });

  describe('close()', () => {
    it('waits for sends under way, then refuses others', async () => {
      const slow = kafka.faults.add({ api: 'Produce', action: 'delay', ms: 50, times: 1 });
      const one = producer();
      const acknowledged: number[] = [];
      const send = (value: number) => void one.send('t', [{ value }]).then(() => acknowledged.push(value));
      send(1);
      await slow.struck();
      send(2);
      await Promise.all([one.close(), one.close()]);
      expect(acknowledged.toSorted()).toEqual([1, 2]);
      await expect(one.send('t', [{ value: 1 }])).rejects.toThrow(/The producer is closed/);
    });

    it('does not wait longer than it was told, and says what became of the rest', async () => {
      client.requestTimeout = 30_000;
      const unanswered = kafka.faults.add({ api: 'Produce', action: 'dropRequest' });
      const one = producer();
      const statuses = async (sent: Promise<unknown>) =>
        (
          await sent.then(
            () => [],
            (error) => error.results,
          )
        ).map(({ status }: MessageResult) => status);
      const underWay = statuses(one.send('single', [{ value: 1 }]));
      await unanswered.struck();
      const waiting = statuses(one.send('single', [{ value: 2 }]));
      const started = Date.now();
      await one.close(50);
      expect(Date.now() - started).toBeLessThan(5_000);
      expect(await Promise.all([underWay, waiting])).toEqual([['unknown'], ['not-stored']]);
    }, 20_000);

    it('of one that was never used connects nothing', async () => {
      const connections = kafka.faults.add({ api: 'ApiVersions', action: 'delay', ms: 0 });
      await producer().close();
      expect(connections.hits).toBe(0);
    });
  });

  it('waits for a broker that comes later, when it is used before', async () => {
    const [address] = kafka.brokers as [string];
    await kafka.stop();
    const sent = producer().send('t', [{ value: 1 }]);
    kafka = await EmbeddedKafka.start({ port: Number(address.split(':')[1]), topics: { t: 3 } });
    expect(await sent).toHaveLength(1);
  });
});
