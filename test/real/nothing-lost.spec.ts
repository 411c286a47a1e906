import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, type MicroserviceOptions, Payload } from '@nestjs/microservices';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import {
  ConsumerControl,
  DeadLetter,
  exponential,
  FatalError,
  Idempotent,
  OrderedBy,
  ReliableKafkaModule,
  ReliableKafkaProducer,
  ReliableKafkaServer,
  Retry,
} from 'nestjs-reliable-kafka';
import { redisIdempotency, setNx } from 'nestjs-reliable-kafka/redis';
import { HistoryChecker } from 'nestjs-reliable-kafka/testing';
import { currentManager, typeormIdempotency, uniqueKey } from 'nestjs-reliable-kafka/typeorm';
import { DataSource, EntitySchema } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';
import { type BrokerId, realServices, services } from '../services/index.js';
import { postgresKind, type TestDatabase } from '../support/databases.js';
import { createTopic } from '../support/create-topic.js';
import { long, size } from '../support/long.js';
import { RedisServer } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const { kafka, postgres } = realServices();
const { brokers } = kafka;
const PARTITIONS = 6;
const USERS = 30;
/** Records of a topic that are not handled yet, when no more are sent. */
const AHEAD = 600;
/** Milliseconds for which something is away. */
const AWAY = size(5_000, 60_000);

interface Order {
  readonly userId: string;
  readonly id: string;
  readonly bad?: boolean;
}

interface Effect {
  readonly id: string;
}
const Effect = new EntitySchema<Effect>({
  name: 'effect',
  columns: { id: { type: String, length: 100, primary: true } },
});

/** Two instances of one service, and everything that they need: all of it real, all of it to be taken away. */
class Ground {
  readonly topics = { written: `written-${randomUUID()}`, called: `called-${randomUUID()}` };
  readonly deadLetters = `${this.topics.written}-dlt`;
  readonly history = { written: new HistoryChecker(), called: new HistoryChecker() };
  readonly handled = { written: new Set<string>(), called: new Set<string>() };
  readonly apps: INestMicroservice[] = [];
  database!: TestDatabase;
  proxy!: TcpProxy;
  redis!: RedisServer;
  admin!: Admin;
  dataSource!: DataSource;

  async start(): Promise<void> {
    this.admin = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 30 } }).admin();
    await this.admin.connect();
    const configEntries = [{ name: 'min.insync.replicas', value: '2' }];
    for (const topic of Object.values(this.topics))
      await createTopic(this.admin, { topic, numPartitions: PARTITIONS, replicationFactor: 3, configEntries });
    this.database = await postgresKind.make();
    this.dataSource = await new DataSource(this.options({ synchronize: true })).initialize();
    this.proxy = await TcpProxy.start(postgres.port);
    this.redis = await RedisServer.start();
    for (const worker of ['a', 'b']) this.apps.push(await this.app(worker));
  }

  async end(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.close()));
    await this.dataSource.destroy();
    await this.proxy.stop();
    await this.redis[Symbol.asyncDispose]();
    await this.database.end();
    await this.admin.disconnect();
  }

  get health(): readonly string[] {
    return this.apps.map((app) => app.get(ConsumerControl).health().status);
  }

  get producer(): ReliableKafkaProducer {
    return this.apps[0]!.get(ReliableKafkaProducer);
  }

  private options(more: object): DataSourceOptions {
    return { ...this.database.options, entities: [Effect], ...more } as DataSourceOptions;
  }

  private async app(worker: string): Promise<INestMicroservice> {
    const { topics, deadLetters, history, handled } = this;
    const retry = { attempts: 5, backoff: exponential(50, { max: 500 }) };

    @Controller()
    class Orders {
      @EventPattern<string>(topics.written)
      @OrderedBy<Order>('userId')
      @Idempotent(uniqueKey({ key: 'id' }))
      @Retry(retry)
      @DeadLetter(deadLetters)
      async write(@Payload() { userId, id, bad }: Order): Promise<void> {
        if (bad) throw new FatalError('no use');
        history.written.started(userId, id, worker);
        let ok = false;
        try {
          await currentManager().insert(Effect, { id });
          ok = true;
        } finally {
          history.written.ended(userId, id, worker, ok);
          if (ok) handled.written.add(id);
        }
      }

      @EventPattern<string>(topics.called)
      @OrderedBy<Order>('userId')
      @Idempotent(setNx({ key: 'id', lease: 5_000 }))
      @Retry(retry)
      async call(@Payload() { userId, id }: Order): Promise<void> {
        history.called.started(userId, id, worker);
        await pause(2);
        history.called.ended(userId, id, worker);
        handled.called.add(id);
      }
    }

    const dataSource = await new DataSource(
      this.options({ host: '127.0.0.1', port: this.proxy.port, connectTimeoutMS: 2_000 }),
    ).initialize();
    @Module({
      imports: [
        ReliableKafkaModule.forRoot({
          client: { brokers, logLevel: logLevel.NOTHING },
          consumer: { groupId: `group-${topics.written}`, sessionTimeout: 10_000, heartbeatInterval: 500 },
          idempotency: [
            typeormIdempotency({ dataSource }),
            redisIdempotency({ url: this.redis.url, commandTimeout: 500 }),
          ],
        }),
      ],
      controllers: [Orders],
    })
    class App {}
    const app = await NestFactory.createMicroservice<MicroserviceOptions>(App, {
      logger: false,
      inject: [ReliableKafkaServer],
      useFactory: (strategy: ReliableKafkaServer) => ({ strategy }),
    } as never);
    await app.listen();
    return app;
  }
}

/** Sends to both topics until it is told to stop, and not far ahead of the handlers; what it was told is stored was sent. */
class Load {
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>[];
  readonly bad: string[] = [];
  sendsBad = false;
  sent = 0;

  constructor(private readonly ground: Ground) {
    this.running = [this.send('written'), this.send('called')];
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.running);
  }

  private async send(name: 'written' | 'called'): Promise<void> {
    const { producer, topics, history, handled } = this.ground;
    for (let round = 0; !this.stopping.signal.aborted; round++) {
      const orders = Array.from({ length: USERS }, (_, user) => ({
        userId: `u${user}`,
        id: `${name}-${round}.${user}`,
      }));
      await producer.send(
        topics[name],
        orders.map((order) => ({ orderedBy: order.userId, value: order })),
      );
      for (const { userId, id } of orders) history[name].sent(userId, id);
      this.sent += orders.length;
      if (name === 'written' && this.sendsBad && round % 10 === 5) await this.sendBad(`bad-${round}`);
      const behind = () => (round + 1) * USERS - handled[name].size;
      do await pause(20);
      while (behind() > AHEAD && !this.stopping.signal.aborted);
    }
  }

  private async sendBad(id: string): Promise<void> {
    const { producer, topics } = this.ground;
    await producer.send(topics.written, [{ orderedBy: 'u1', value: { userId: 'u1', id, bad: true } }]);
    this.bad.push(id);
  }
}

async function until(what: string, holds: () => boolean | Promise<boolean>, within = 90_000): Promise<void> {
  for (const end = Date.now() + within; !(await holds()); await pause(50))
    if (Date.now() > end) throw new Error(`${what}: not within ${within} ms`);
}

describe('while what it needs is taken away, one thing after another, a service under load', () => {
  const ground = new Ground();
  let load: Load | undefined;

  beforeAll(async () => {
    await ground.start();
    const begun = (load = new Load(ground));
    await until('the first records', () => begun.sent > 200);
  }, 120_000);

  afterAll(async () => {
    await load?.stop();
    await ground.end();
  }, 120_000);

  const reasons = () => ground.apps.flatMap((app) => app.get(ConsumerControl).health().reasons);
  /** Nothing is the matter now. What is told of the last minutes may still be: a slow machine, and dead letters. */
  const isGreen = () =>
    until('green', () => reasons().every(({ code }) => code === 'event-loop-delayed' || code === 'dead-letters'));
  const isRed = () => until('red', () => ground.health.some((status) => status === 'red'));

  async function away(take: () => unknown, giveBack: () => unknown): Promise<void> {
    await isGreen();
    await take();
    try {
      await isRed();
      await pause(AWAY);
      expect(ground.health).toContain('red');
    } finally {
      await giveBack();
    }
    await isGreen();
  }

  it('is red without its database, and green again', async () => {
    await away(
      () => ground.proxy.cut(),
      () => ground.proxy.restore(),
    );
  }, 300_000);

  it('is red without its Redis, and green again', async () => {
    await away(
      () => ground.redis.kill(),
      () => ground.redis.start(),
    );
  }, 300_000);

  it('is red while its dead letter topic refuses writes, and green again', async () => {
    load!.sendsBad = true;
    const accept = (bytes: string) =>
      ground.admin.alterConfigs({
        validateOnly: false,
        resources: [
          { type: 2, name: ground.deadLetters, configEntries: [{ name: 'max.message.bytes', value: bytes }] },
        ],
      });
    await away(
      () => accept('100'),
      () => accept('2000000'),
    );
  }, 300_000);

  it.each<BrokerId>(long ? [1, 2, 3] : [2])(
    'goes on without broker %i, and with it',
    async (broker) => {
      await isGreen();
      await services.killBroker(broker);
      try {
        const before = load!.sent;
        await until('sends while it is away', () => load!.sent > before + 500);
        await pause(AWAY);
      } finally {
        await services.startBroker(broker);
      }
      await isGreen();
    },
    300_000,
  );

  it('has lost nothing, kept the order, and buried what was bad and nothing else', async () => {
    await load!.stop();
    const reports = () => [ground.history.written.check(), ground.history.called.check()];
    await until('the end', () => reports().every(({ lost }) => lost === 0));
    for (const report of reports())
      expect(report).toMatchObject({ lost: 0, reordered: 0, overlapped: 0, vacuous: false });
    const [{ sent }] = [ground.history.written.check()];
    expect(await ground.dataSource.getRepository(Effect).count()).toBe(sent);
    await until('the dead letters', async () => (await buried()).size >= load!.bad.length);
    expect([...(await buried())].toSorted()).toEqual(load!.bad.toSorted());
  }, 300_000);

  /** What stands in the dead letter topic, copies left out. */
  async function buried(): Promise<Set<string>> {
    const ids = new Set<string>();
    const consumer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).consumer({ groupId: `reader-${randomUUID()}` });
    await consumer.connect();
    await consumer.subscribe({ topic: ground.deadLetters, fromBeginning: true });
    const offsets = await ground.admin.fetchTopicOffsets(ground.deadLetters);
    let left = offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
    await new Promise<void>((resolve, reject) => {
      if (left === 0) return resolve();
      consumer
        .run({
          eachMessage: async ({ message }) => {
            ids.add((JSON.parse(String(message.value)) as Order).id);
            if (--left === 0) resolve();
          },
        })
        .catch(reject);
    });
    await consumer.disconnect();
    return ids;
  }
});
