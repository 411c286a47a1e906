import { Controller } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Admin, Kafka } from 'kafkajs';
import {
  CommitAfter,
  ConfigurationError,
  DeadLetter,
  DeadLetters,
  FatalError,
  fixed,
  OrderedBy,
  ReliableKafkaModule,
  Retry,
} from 'nestjs-reliable-kafka';
import { EmbeddedKafka } from 'nestjs-reliable-kafka/testing';
import { Test } from '@nestjs/testing';
import {
  type AppSettings,
  committedOffsets,
  type DeadLetterApp,
  deadLetterApp,
  recordsIn,
} from '../../support/dead-letter-app.js';
import { describeDeadLetters } from '../../support/describe-dead-letters.js';
import { MemoryParkingStore } from '../../support/memory-parking.js';
import { refusal } from './apps.js';

describeDeadLetters('the embedded Kafka', async () => {
  const kafka = await EmbeddedKafka.start({ topics: { orders: 2 }, autoCreateTopics: false });
  return { brokers: kafka.brokers, topic: 'orders', stop: () => kafka.stop() };
});

interface Order {
  readonly user: string;
  readonly id: number;
  readonly isBad?: boolean;
}

describe('dead letters while something is wrong', () => {
  let kafka: EmbeddedKafka;
  let handled: number[];
  let isIll: boolean;
  const apps: DeadLetterApp[] = [];

  beforeEach(async () => {
    kafka = await EmbeddedKafka.start({ topics: { orders: 2 }, autoCreateTopics: false });
    handled = [];
    isIll = true;
  });

  afterEach(async () => {
    kafka.faults.clear();
    for (const { app } of apps.splice(0)) await app.close();
    await kafka.stop();
  });

  function orders(pattern: string | RegExp = 'orders', to: Parameters<typeof DeadLetter>[0] = 'orders-dlt') {
    @Controller()
    class Orders {
      @EventPattern<string>(pattern as string)
      @OrderedBy<Order>('user')
      @CommitAfter('record')
      @Retry({ attempts: 2, backoff: fixed(1) })
      @DeadLetter(to)
      async handle(@Payload() { id, isBad }: Order): Promise<void> {
        if (isBad && isIll) throw new FatalError('bad');
        handled.push(id);
      }
    }
    return Orders;
  }

  async function serving(controllers: Type[], options: AppSettings['options'] = {}): Promise<DeadLetterApp> {
    const app = await deadLetterApp(controllers, { brokers: kafka.brokers, group: 'group', options });
    apps.push(app);
    return app;
  }

  const refusing = { producer: { deliveryTimeout: 1_000 } };
  const toDlt = ({ request }: { request: { topics: { name: string }[] } }) =>
    request.topics.some(({ name }) => name === 'orders-dlt');
  const send = (app: DeadLetterApp, partition: number, ...all: Order[]) =>
    app.producer.send(
      'orders',
      all.map((value) => ({ value, orderedBy: value.user, partition })),
    );

  it('stop the partition of a record that cannot be buried, and no other: nothing passes it, and all go on when it can', async () => {
    const app = await serving([orders()], refusing);
    const fault = kafka.faults.add({ api: 'Produce', action: 'error', code: 'NOT_ENOUGH_REPLICAS', when: toDlt });
    await send(app, 0, { user: 'a', id: 1, isBad: true });
    const began = await app.event('outage-began');
    expect(began).toMatchObject({ what: 'dead letter topic orders-dlt' });
    await send(app, 0, { user: 'a', id: 2 }, { user: 'b', id: 3 });
    await send(app, 1, { user: 'c', id: 4 });
    await app.event('committed', ({ partition }) => partition === 1);
    expect(handled).toEqual([4]);
    expect(await passed()).toEqual([0, 1]);
    expect(app.count('dead-lettered')).toBe(0);
    fault.remove();
    await app.event('outage-ended');
    await app.event('committed', ({ partition, offset }) => partition === 0 && offset === 3n);
    expect(handled.toSorted()).toEqual([2, 3, 4]);
    expect(await recordsIn(kafka.brokers, 'orders-dlt')).toHaveLength(1);
  });

  it('pass nothing while the acknowledgement is under way, and leave no copy when it is lost', async () => {
    const app = await serving([orders()], { client: { brokers: kafka.brokers, requestTimeout: 500, logLevel: 0 } });
    const fault = kafka.faults.add({ api: 'Produce', action: 'dropReply', when: toDlt });
    await send(app, 0, { user: 'a', id: 1, isBad: true }, { user: 'b', id: 2 });
    await fault.struck();
    // Stored, and not known to be.
    expect(await recordsIn(kafka.brokers, 'orders-dlt')).toHaveLength(1);
    expect(await passed()).toEqual([0, 0]);
    fault.remove();
    await app.event('committed', ({ offset }) => offset === 2n);
    expect(await recordsIn(kafka.brokers, 'orders-dlt')).toHaveLength(1);
  });

  it('tell of a record that is too large, with the remedy, and go on when it is taken', async () => {
    const app = await serving([orders()], {
      topics: { 'orders-dlt': { partitions: 2, config: { 'max.message.bytes': 2_000_000 } } },
    });
    await alter('1000');
    await send(app, 0, { user: 'a', id: 1, isBad: true }, { user: 'a', id: 2 });
    const began = await app.event('outage-began');
    expect(String(began.error)).toMatch(
      /The dead letter topic orders-dlt does not take a record of \d+ bytes and what is told of its death. Raise its max.message.bytes to \d+/,
    );
    expect(handled).toEqual([]);
    await alter('2000000');
    await app.event('committed', ({ offset }) => offset === 2n);
    expect(handled).toEqual([2]);
  });

  it('are made when they are missing, with what a RegExp matches later, and are matched by none', async () => {
    const app = await serving([orders(/^orders/, 'orders.lost')], { metadataMaxAge: 200 });
    await send(app, 0, { user: 'a', id: 1, isBad: true });
    await app.event('dead-lettered');
    await app.deadLetters.discard({}, 'not wanted');
    await kafkaAdmin((admin) => admin.createTopics({ topics: [{ topic: 'orders-new', numPartitions: 1 }] }));
    await app.event('assigned', ({ partitions }) => partitions.some(({ topic }) => topic === 'orders-new'));
    const consumed = app.events.flatMap((event) => (event.type === 'assigned' ? event.partitions : []));
    expect([...new Set(consumed.map(({ topic }) => topic))].toSorted()).toEqual(['orders', 'orders-new']);
  });

  it('are given back through a parking store, to the lane of their key, without anybody else', async () => {
    const parking = new MemoryParkingStore();
    const app = await serving([orders()], { parking });
    await send(app, 0, { user: 'a', id: 1, isBad: true }, { user: 'a', id: 2, isBad: true });
    await app.event('dead-lettered', () => app.count('dead-lettered') === 2);
    expect(await app.deadLetters.replay({})).toEqual({ done: 2, skipped: [] });
    await app.event('dead-lettered', () => app.count('dead-lettered') === 4);
    expect((await app.deadLetters.list()).letters.map(({ state }) => state.status)).toEqual(['open', 'open']);
    isIll = false;
    expect(await app.deadLetters.replay({})).toEqual({ done: 2, skipped: [] });
    await app.event('unparked', () => handled.length === 2);
    expect(handled).toEqual([1, 2]);
    expect((await app.deadLetters.list()).letters.map(({ state }) => state.status)).toEqual(['replayed', 'replayed']);
    expect(await recordsIn(kafka.brokers, 'orders')).toHaveLength(2);
  });

  it('that hold their key let it go when they are discarded', async () => {
    const released: unknown[] = [];
    const parking = new MemoryParkingStore();
    parking.releaseKey = async (held) => released.push(held) > 0;
    const app = await serving([orders('orders', { topic: 'orders-dlt', hold: true })], { parking });
    await send(app, 0, { user: 'a', id: 1, isBad: true });
    await app.event('dead-lettered');
    expect(await app.deadLetters.discard({}, 'obsolete')).toMatchObject({ done: 1 });
    expect(released).toMatchObject([{ group: 'group', handler: '', key: 'a', record: { offset: 0n } }]);
  });

  it('are looked at by an application that only looks', async () => {
    const app = await serving([orders()]);
    await send(app, 0, { user: 'a', id: 1, isBad: true });
    await app.event('dead-lettered');
    const module = await Test.createTestingModule({
      imports: [ReliableKafkaModule.forRoot({ client: { brokers: kafka.brokers, logLevel: 0 } })],
    }).compile();
    const deadLetters = module.get(DeadLetters);
    expect((await deadLetters.list({ from: 'orders-dlt' })).letters).toMatchObject([
      { group: 'group', reason: 'fatal' },
    ]);
    await expect(deadLetters.list()).rejects.toThrow('from');
    expect((await deadLetters.list({ from: 'none' })).letters).toEqual([]);
    await module.close();
  });

  it('refuse what nobody can mean', async () => {
    const { deadLetters } = await serving([orders()]);
    await expect(deadLetters.replay(undefined as never)).rejects.toThrow(RangeError);
    await expect(deadLetters.discard({}, '')).rejects.toThrow('reason');
    await expect(deadLetters.list({ limit: 0 })).rejects.toThrow('limit');
    await expect(deadLetters.replay({}, { rate: 0 })).rejects.toThrow('rate');
    expect(await deadLetters.get('nonsense')).toBeUndefined();
  });

  it('need a topic that is large enough: a start-up error', async () => {
    await kafkaAdmin((admin) => admin.createTopics({ topics: [{ topic: 'orders-dlt', numPartitions: 1 }] }));
    await expect(serving([orders()])).rejects.toThrow(
      /topic orders-dlt: it takes records of up to 1048588 bytes .* Set max.message.bytes of orders-dlt to 1114124 at least/,
    );
  });

  /** Records of each partition that are committed. */
  const passed = async () =>
    (await committedOffsets(kafka.brokers, 'group', 'orders')).map((offset) => Math.max(0, Number(offset)));

  const kafkaAdmin = async (work: (admin: Admin) => Promise<unknown>) => {
    const admin = new Kafka({ brokers: kafka.brokers, logLevel: 0 }).admin();
    await admin.connect();
    await work(admin);
    await admin.disconnect();
  };

  const alter = (value: string) =>
    kafkaAdmin((admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: 2, name: 'orders-dlt', configEntries: [{ name: 'max.message.bytes', value }] }],
      }),
    );
});

describe('A dead letter topic', () => {
  it('that leads back to its handler is a start-up error, and so is one of a request', async () => {
    @Controller()
    class Wrong {
      @EventPattern<string>('orders')
      @DeadLetter('lost')
      orders(): void {}

      @EventPattern<string>('lost')
      @DeadLetter('orders')
      lost(): void {}

      @MessagePattern<string>('questions')
      @DeadLetter('unanswered')
      questions(): void {}
    }
    const error = await refusal([Wrong]);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).problems.map(({ where, what }) => `${where}: ${what}`)).toEqual([
      'Wrong.questions @DeadLetter: it stands before a @MessagePattern, whose failures are answered with an error, and are over with that',
      'Wrong.orders @DeadLetter: its dead letters come back to it: orders -> lost -> orders',
      'Wrong.lost @DeadLetter: its dead letters come back to it: lost -> orders -> lost',
    ]);
  });
});
