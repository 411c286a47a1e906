import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { logLevel } from 'kafkajs';
import {
  type DeliveryError,
  FlushError,
  type MessageResult,
  ReliableKafkaModule,
  ReliableKafkaProducer,
  type ReliableKafkaEvent,
  type ReliableProducerOptions,
} from 'nestjs-reliable-kafka';
import { EmbeddedKafka, type FaultHandle } from 'nestjs-reliable-kafka/testing';
import { createProducerCore } from '../../../libs/reliable-kafka/src/kafka/index.js';
import { newMessageId, wireSize } from '../../../libs/reliable-kafka/src/producer/index.js';
import { stored } from '../../support/sendings.js';

const LONG = 60_000;
/** Of a message with three letters and an id of its own, on the wire. */
const SIZE = wireSize({
  partition: 0,
  key: null,
  value: Buffer.alloc(3),
  headers: { 'message-id': newMessageId() },
  timestamp: '0',
});
const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
/** Everything that can happen without the broker has happened. */
const settled = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
};

describe('Enqueueing', () => {
  let kafka: EmbeddedKafka;
  let client: { brokers: string[]; logLevel: logLevel; requestTimeout: number };
  let events: ReliableKafkaEvent[];
  const producers: ReliableKafkaProducer[] = [];

  beforeEach(async () => {
    events = [];
    kafka = await EmbeddedKafka.start({ topics: { t: 4, single: 1 }, autoCreateTopics: false });
    client = { brokers: kafka.brokers, logLevel: logLevel.NOTHING, requestTimeout: 300 };
  });

  afterEach(async () => {
    kafka.faults.clear();
    await Promise.all(producers.splice(0).map((producer) => producer.close(0)));
    await kafka.stop();
  });

  function producer(options: ReliableProducerOptions = {}): ReliableKafkaProducer {
    const core = createProducerCore({ client, producer: options, emit: (event) => events.push(event) });
    const made = new ReliableKafkaProducer(core);
    producers.push(made);
    return made;
  }

  /** Nothing is stored until it is removed. */
  const away = (): FaultHandle => kafka.faults.add({ api: 'Produce', action: 'error', code: 'NOT_ENOUGH_REPLICAS' });
  const inTopic = async (topic: string) => [...(await stored(kafka.brokers, topic)).values()].flat();
  const told = (type: ReliableKafkaEvent['type']) => events.filter((event) => event.type === type);

  it('delivers in the background, in the order of the calls, `send` included, and tells where', async () => {
    const one = producer({ linger: LONG });
    const results: MessageResult[] = [];
    for (const value of names('e', 3))
      await one.enqueue('single', { value, id: value }, (result) => void results.push(result));
    const [report] = await one.send('single', [{ value: 's' }]);
    expect(report!.offset).toBe(3n);
    expect(results).toMatchObject(
      names('e', 3).map((id, i) => ({
        id,
        status: 'stored',
        report: { topic: 'single', partition: 0, offset: BigInt(i) },
      })),
    );
    expect(await inTopic('single')).toEqual(['e0', 'e1', 'e2', 's']);
  });

  it('gathers what is enqueued, also when each call is awaited, into few requests', async () => {
    const requests = kafka.faults.add({ api: 'Produce', action: 'delay', ms: 0 });
    const one = producer();
    for (const value of names('e', 1_000)) await one.enqueue('single', { value });
    await one.flush();
    expect(await inTopic('single')).toEqual(names('e', 1_000));
    expect(requests.hits).toBeLessThan(20);
  });

  it('keeps the order of each partition with calls that are not awaited', async () => {
    const one = producer({ linger: 1, batch: { records: 7 } });
    for (const [i, value] of names('e', 500).entries()) {
      const partition = i % 4;
      void (i % 50 === 0 ? one.send('t', [{ value, partition }]) : one.enqueue('t', { value, partition }));
    }
    await one.flush();
    for (const [partition, values] of await stored(kafka.brokers, 't')) {
      expect(values).toEqual(names('e', 500).filter((_, i) => i % 4 === partition));
    }
  });

  it('lets messages linger until a flush wants them', async () => {
    const requests = kafka.faults.add({ api: 'Produce', action: 'delay', ms: 0 });
    const one = producer({ linger: LONG });
    await one.enqueue('t', { value: 'a' });
    await settled();
    expect(requests.hits).toBe(0);
    await one.flush();
    expect(await inTopic('t')).toEqual(['a']);
  });

  it('lets the event loop turn while somebody enqueues without end', async () => {
    const one = producer();
    await one.enqueue('t', { value: 'first' });
    let turns = 0;
    let timer = setImmediate(function count() {
      turns += 1;
      timer = setImmediate(count);
    });
    for (const value of names('e', 2_000)) await one.enqueue('t', { value });
    clearImmediate(timer);
    expect(turns).toBeGreaterThanOrEqual(4);
  });

  describe('into a full buffer', () => {
    it.each<[string, ReliableProducerOptions['maxBuffered']]>([
      ['records', { records: 10 }],
      ['bytes', { bytes: 10 * SIZE }],
    ])(
      'waits for room, in the order of the calls, when the buffer has its %s, and tells it once',
      async (_, maxBuffered) => {
        const down = away();
        const one = producer({ maxBuffered, linger: LONG, retry: { initialRetryTime: 5 } });
        const accepted: string[] = [];
        const values = names('e', 40).map((name) => name.padEnd(3));
        const calls = values.map(async (value) => {
          await one.enqueue('single', { value });
          accepted.push(value);
        });
        await down.struck(3);
        await settled();
        expect(accepted).toEqual(values.slice(0, 10));
        down.remove();
        await Promise.all(calls);
        expect(accepted).toEqual(values);
        await one.flush();
        expect(await inTopic('single')).toEqual(values.map((value) => value.trim()));
        expect(told('send-buffer-full')).toMatchObject([{ topic: 'single', records: 10 }]);
      },
    );

    it('has room again for what failed', async () => {
      const down = away();
      const one = producer({ maxBuffered: { records: 1 }, deliveryTimeout: 100 });
      const results: string[] = [];
      const tell = ({ status }: MessageResult) => void results.push(status);
      await one.enqueue('single', { value: 'a' }, tell);
      await down.struck();
      const waiting = one.enqueue('single', { value: 'b' }, tell);
      await waiting;
      expect(results).toEqual(['unknown']);
    });
  });

  describe('what fails', () => {
    it('is told to its callback, and as an event', async () => {
      kafka.faults.add({ api: 'Produce', action: 'error', code: 'TOPIC_AUTHORIZATION_FAILED' });
      const one = producer();
      const result = await new Promise((resolve) => void one.enqueue('t', { value: 1, id: 'x' }, resolve));
      expect(result).toMatchObject({ id: 'x', status: 'not-stored', error: { type: 'TOPIC_AUTHORIZATION_FAILED' } });
      await one.flush();
      expect(told('send-failed')).toMatchObject([{ topic: 't', unheard: false, error: { results: [{ id: 'x' }] } }]);
    });

    it('is an alert where there is no callback, and fails the next flush, once', async () => {
      kafka.faults.add({ api: 'Produce', action: 'error', code: 'TOPIC_AUTHORIZATION_FAILED' });
      const one = producer();
      await Promise.all(names('e', 3).map((id) => one.enqueue('single', { value: id, id })));
      const error = await one.flush().catch((error) => error);
      expect(error).toBeInstanceOf(FlushError);
      expect(error).toMatchObject({ failed: 3, open: 0, cause: { type: 'TOPIC_AUTHORIZATION_FAILED' } });
      expect(events).toMatchObject([{ type: 'send-failed', topic: 'single', unheard: true }]);
      expect((told('send-failed')[0] as { error: DeliveryError }).error.results).toHaveLength(3);
      await one.flush();
    });

    it('does not take others along: an oversize message fails alone', async () => {
      const one = producer({ linger: LONG });
      const statuses: string[] = [];
      for (const value of ['a', 'x'.repeat(2_000_000), 'b']) {
        await one.enqueue('single', { value }, ({ status }) => void statuses.push(status));
      }
      await one.flush();
      expect(statuses).toEqual(['stored', 'not-stored', 'stored']);
      expect(await inTopic('single')).toEqual(['a', 'b']);
    });

    it('in a callback is told, and disturbs nothing', async () => {
      const one = producer();
      await one.enqueue('t', { value: 'a', id: 'a' }, () => {
        throw new Error('oops');
      });
      await one.enqueue('t', { value: 'b', id: 'b' }, async () => {
        throw new Error('oops');
      });
      await one.flush();
      expect(events).toMatchObject([
        { type: 'callback-failed', topic: 't', id: 'a' },
        { type: 'callback-failed', topic: 't', id: 'b' },
      ]);
      expect((await inTopic('t')).toSorted()).toEqual(['a', 'b']);
    });
  });

  it('tells of attempts that fail, once in a while for each partition', async () => {
    const down = away();
    const one = producer({ retry: { initialRetryTime: 1, maxRetryTime: 1 } });
    await one.enqueue('single', { value: 'a' });
    await one.enqueue('single', { value: 'b' });
    await down.struck(10);
    down.remove();
    await one.flush();
    expect(events).toMatchObject([
      {
        type: 'send-retried',
        topic: 'single',
        partition: 0,
        records: 2,
        attempt: 1,
        error: { type: 'NOT_ENOUGH_REPLICAS' },
      },
    ]);
  });

  it('lets a callback enqueue', async () => {
    const one = producer();
    const second = new Promise((resolve) => {
      void one.enqueue('single', { value: 'first' }, () => one.enqueue('single', { value: 'second' }, resolve));
    });
    expect(await second).toMatchObject({ status: 'stored', report: { offset: 1n } });
  });

  it.each<[string, unknown, RegExp]>([
    ['t', { value: 1, user: 2 }, /The message to 't': unknown property 'user'/],
    ['t', { value: 1, partition: 4 }, /partition 4 .* has 4: choose 0 to 3/],
    ['nowhere', { value: 1 }, /'nowhere' does not exist/],
  ])('refuses, and buffers nothing: to %j %j', async (topic, message, reason) => {
    const one = producer({ maxBuffered: { records: 1 } });
    await expect(one.enqueue(topic, message as never)).rejects.toThrow(reason);
    await one.enqueue('t', { value: 'fine' });
    await one.flush();
    expect(await inTopic('t')).toEqual(['fine']);
    expect(events).toEqual([]);
  });

  it('keeps to a rate limit, `send` and `enqueue` together', async () => {
    const one = producer({ rateLimit: { records: 20, per: 200 } });
    const began = performance.now();
    for (const value of names('e', 40)) await one.enqueue('t', { value });
    await Promise.all([one.flush(), ...names('s', 20).map((value) => one.send('t', [{ value }]))]);
    expect(performance.now() - began).toBeGreaterThanOrEqual(400);
    expect(await inTopic('t')).toHaveLength(60);
  });

  it('sends several requests to one broker at a time when it has several shards, each partition in one of them', async () => {
    client.requestTimeout = 30_000;
    const touchesPartition0 = ({ request }: { request: any }) =>
      request.topics.some((topic: any) => topic.partitions.some((data: any) => data.index === 0));
    const stuck = kafka.faults.add({ api: 'Produce', action: 'dropRequest', when: touchesPartition0 });
    const one = producer({ shards: 4, linger: 0 });
    void one.enqueue('t', { value: 'stuck', partition: 0 });
    await stuck.struck();
    const others = [1, 2, 3].map((partition) => one.send('t', [{ value: `p${partition}`, partition }]));
    expect((await Promise.all(others)).flat()).toMatchObject([1, 2, 3].map((partition) => ({ partition, offset: 0n })));
  });

  describe('a flush', () => {
    it('waits for what was enqueued before it, accepted or not', async () => {
      const one = producer({ maxBuffered: { records: 2 } });
      for (const value of names('e', 20)) void one.enqueue('single', { value });
      await one.flush();
      expect(await inTopic('single')).toEqual(names('e', 20));
    });

    it('says how much has no outcome when its time is up; that goes on', async () => {
      const down = away();
      const one = producer();
      await one.enqueue('single', { value: 'a' });
      await one.enqueue('single', { value: 'b' }, () => {});
      const error = await one.flush(20).catch((error) => error);
      expect(error).toMatchObject({ name: 'FlushError', failed: 0, open: 2 });
      down.remove();
      await one.flush();
      expect(await inTopic('single')).toEqual(['a', 'b']);
    });
  });

  describe('and closing', () => {
    it('delivers everything first, then refuses', async () => {
      const one = producer({ linger: LONG, maxBuffered: { records: 10 } });
      for (const value of names('e', 100)) void one.enqueue('single', { value });
      await one.close();
      expect(await inTopic('single')).toEqual(names('e', 100));
      await expect(one.enqueue('single', { value: 'late' })).rejects.toThrow(/The producer is closed/);
    });

    it('does not wait longer than it was told, and says what became of the rest', async () => {
      client.requestTimeout = 30_000;
      const unanswered = kafka.faults.add({ api: 'Produce', action: 'dropRequest' });
      const one = producer({ linger: 0, maxBuffered: { records: 2 } });
      const results: string[] = [];
      const enqueue = (value: string) =>
        one.enqueue('single', { value, id: value }, ({ id, status }) => void results.push(`${id} ${status}`));
      await enqueue('under way');
      await unanswered.struck();
      await enqueue('buffered');
      const refused = enqueue('waits for room').catch(({ name }) => name);
      await one.close(50);
      expect(results.toSorted()).toEqual(['buffered not-stored', 'under way unknown']);
      expect(await refused).toBe('ProducerClosedError');
    }, 20_000);

    it('delivers everything when the application shuts down', async () => {
      const module = ReliableKafkaModule.forRoot({ client, producer: { linger: LONG } });
      const app = await NestFactory.createApplicationContext(module, { logger: false });
      for (const value of names('e', 10)) await app.get(ReliableKafkaProducer).enqueue('single', { value });
      await app.close();
      expect(await inTopic('single')).toEqual(names('e', 10));
    });
  });
});
