import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import type { FencedPublisher, OutgoingRecord } from '../../libs/reliable-kafka/src/contracts/index.js';
import { RefusedBatchError, RefusedRecordsError } from '../../libs/reliable-kafka/src/contracts/index.js';
import { createFencedPublishers } from '../../libs/reliable-kafka/src/kafka/index.js';
import { murmur2, UnknownTopicError } from '../../libs/reliable-kafka/src/producer/index.js';
import { committed } from './committed.js';
import { silent } from './consumers.js';
import { createTopic } from './create-topic.js';
import { ProxiedKafka } from './proxied-kafka.js';

/** More bytes than a broker takes. */
const TOO_MANY = 2_000_000;

/** Publishing as the only one of a name: what fences an outbox's relays. `brokers` of a Kafka where topics can be made. */
export function describeFencedPublishers(kafka: string, start: () => Promise<{ brokers: string[]; stop?(): unknown }>) {
  describe(`fenced publishers on ${kafka}`, () => {
    let brokers: string[];
    let running: { brokers: string[]; stop?(): unknown };
    let topic: string;
    let name: string;
    const open: FencedPublisher[] = [];

    beforeEach(async () => {
      running = await start();
      ({ brokers } = running);
      topic = `fenced-${randomUUID()}`;
      name = `name-${randomUUID()}`;
      await make(topic);
    });
    afterEach(async () => {
      for (const publisher of open.splice(0)) await publisher.close();
      await running.stop?.();
    });

    async function make(wanted: string): Promise<void> {
      const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 30 } }).admin();
      await admin.connect();
      await createTopic(admin, { topic: wanted, numPartitions: 4 });
      await admin.disconnect();
    }

    async function publisher(client: KafkaConfig = { brokers, logLevel: logLevel.NOTHING }): Promise<FencedPublisher> {
      const opened = await createFencedPublishers({ client, log: silent }).open(name);
      open.push(opened);
      return opened;
    }

    function record(value: string, more: Partial<OutgoingRecord> = {}): OutgoingRecord {
      const bytes = Buffer.from(value);
      return { topic, partition: 0, key: null, value: bytes, headers: {}, timestamp: String(Date.now()), ...more };
    }

    const values = (...texts: string[]) => texts.map((text) => record(text));

    it('stores records of many partitions and topics, those of one partition in the order given', async () => {
      const other = `other-${topic}`;
      await make(other);
      const one = await publisher();
      const texts = Array.from({ length: 40 }, (_, i) => `${i}`);
      await one.publish(texts.map((text, i) => record(text, { partition: i % 4, topic: i % 8 < 4 ? topic : other })));
      await one.publish(texts.map((text) => record(`again ${text}`)));
      const found = await committed(brokers, topic);
      expect(found.get(1)).toEqual(['1', '9', '17', '25', '33']);
      expect(found.get(0)).toEqual(['0', '8', '16', '24', '32', ...texts.map((text) => `again ${text}`)]);
      expect((await committed(brokers, other)).get(3)).toEqual(['7', '15', '23', '31', '39']);
    });

    it('keeps key, headers and timestamp, and puts a key where other producers put it', async () => {
      const key = Buffer.from('user-1');
      const timestamp = String(Date.now() - 5_000);
      const one = await publisher();
      await one.publish([
        record('keyed', {
          partition: undefined,
          key,
          headers: { a: ['b', 'c'] },
          timestamp,
        }),
      ]);
      const consumer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).consumer({ groupId: `r-${topic}` });
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      const got = await new Promise<any>((resolve) => {
        void consumer.run({ eachMessage: async (payload) => resolve(payload) });
      });
      await consumer.disconnect();
      expect({ ...got.message, partition: got.partition }).toMatchObject({
        key,
        headers: { a: [Buffer.from('b'), Buffer.from('c')] },
        timestamp,
        partition: (murmur2(key) & 0x7fffffff) % 4,
      });
    });

    it('whoever opens the name takes it away: nothing of the earlier one is stored any more', async () => {
      const earlier = await publisher();
      await earlier.publish(values('m1'));
      const later = await publisher();
      await expect(earlier.publish(values('late'))).rejects.toThrow(/epoch|fenced/i);
      await later.publish(values('m2'));
      await expect(earlier.publish(values('later still'))).rejects.toThrow('closed');
      expect((await committed(brokers, topic)).get(0)).toEqual(['m1', 'm2']);
    });

    it('one that stands still while it publishes, and wakes after its successor has published, is refused', async () => {
      const proxied = await ProxiedKafka.before(brokers);
      const stalled = await publisher(proxied.client(brokers));
      await stalled.publish(values('m1'));
      proxied.hold();
      const late = stalled.publish(values('m2', 'm3')).catch((error: unknown) => error);
      const successor = await publisher();
      await successor.publish(values('m2', 'm3'));
      await successor.publish(values('m4'));
      proxied.release();
      expect(await late).toBeInstanceOf(Error);
      expect((await committed(brokers, topic)).get(0)).toEqual(['m1', 'm2', 'm3', 'm4']);
      await proxied.stop();
    });

    it('a record that is too large is named when it is alone; of several none is stored', async () => {
      const large = record('x'.repeat(TOO_MANY));
      const first = await publisher();
      await expect(first.publish([record('before', { partition: 1 }), large])).rejects.toThrow(RefusedBatchError);
      const second = await publisher();
      await expect(second.publish([large])).rejects.toThrow(RefusedRecordsError);
      const third = await publisher();
      await third.publish(values('after'));
      const found = await committed(brokers, topic);
      expect([found.get(0), found.get(1)]).toEqual([['after'], []]);
    });

    it('a partition that the topic does not have: those records are named, and nothing is sent', async () => {
      const one = await publisher();
      const bad = record('nowhere', { partition: 9 });
      const error = await one.publish([record('before'), bad]).catch((thrown: unknown) => thrown);
      expect([...(error as RefusedRecordsError).refused.keys()]).toEqual([bad]);
      expect((await committed(brokers, topic)).get(0)).toEqual([]);
    });

    it('a topic that does not exist is waited for', async () => {
      const one = await publisher();
      const elsewhere = { topic: `elsewhere-${topic}` };
      await expect(one.publish([record('early', elsewhere)])).rejects.toThrow(UnknownTopicError);
      await make(elsewhere.topic);
      await (await publisher()).publish([record('in time', elsewhere)]);
      expect((await committed(brokers, elsewhere.topic)).get(0)).toEqual(['in time']);
    });
  });
}
