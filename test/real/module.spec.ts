import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, type MicroserviceOptions, Payload, Transport } from '@nestjs/microservices';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { Kafka, logLevel } from 'kafkajs';
import { OrderedBy, ReliableKafkaModule, ReliableKafkaProducer, ReliableKafkaServer } from 'nestjs-reliable-kafka';
import { HistoryChecker } from 'nestjs-reliable-kafka/testing';
import { createTopic } from '../support/create-topic.js';
import { size } from '../support/long.js';
import { realServices } from '../services/index.js';

const { brokers, secure } = realServices().kafka;
const PARTITIONS = 6;
const USERS = 30;
const SOUND = { lost: 0, reordered: 0, overlapped: 0, vacuous: false };

interface Order {
  readonly userId: string;
  readonly id: string;
}

let topic: string;
let checker: HistoryChecker;
/** Who handled an order, in the order in which they did. */
let handledBy: Map<string, string[]>;
let bell: EventEmitter;
let apps: INestMicroservice[];

beforeEach(async () => {
  topic = `module-${randomUUID()}`;
  checker = new HistoryChecker();
  handledBy = new Map();
  bell = new EventEmitter().setMaxListeners(0);
  apps = [];
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 30 } }).admin();
  await admin.connect();
  await createTopic(admin, { topic, numPartitions: PARTITIONS });
  await admin.disconnect();
});

afterEach(async () => {
  await Promise.all(apps.map((app) => app.close()));
});

/** The same controller as every application has it, whatever transport it is on. */
function controller(worker: string) {
  @Controller()
  class Orders {
    @EventPattern<string>(topic)
    @OrderedBy<Order>('userId')
    async handle(@Payload() { userId, id }: Order): Promise<void> {
      checker.started(userId, id, worker);
      await new Promise((resolve) => setTimeout(resolve, 5));
      checker.ended(userId, id, worker);
      handledBy.set(id, [...(handledBy.get(id) ?? []), worker]);
      bell.emit('done');
    }
  }
  return Orders;
}

type Client = { brokers: string[] } & Partial<Pick<typeof secure, 'ssl' | 'sasl'>>;

// Kafka's default session: in a shorter one a broker that stands still may expire ServerKafka's members, which then run on until a heartbeat tells them.
const member = { sessionTimeout: 30_000, heartbeatInterval: 500 };

async function ours(worker: string, groupId: string, client: Client = { brokers }): Promise<INestMicroservice> {
  @Module({
    imports: [
      ReliableKafkaModule.forRoot({
        client: { ...client, logLevel: logLevel.NOTHING } as never,
        consumer: { groupId, ...member },
      }),
    ],
    controllers: [controller(worker)],
  })
  class App {}
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(App, {
    logger: false,
    inject: [ReliableKafkaServer],
    useFactory: (strategy: ReliableKafkaServer) => ({ strategy }),
  } as never);
  apps.push(app);
  await app.listen();
  return app;
}

async function nests(worker: string, groupId: string): Promise<INestMicroservice> {
  @Module({ controllers: [controller(worker)] })
  class App {}
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(App, {
    logger: false,
    transport: Transport.KAFKA,
    options: {
      client: { brokers, logLevel: logLevel.NOTHING },
      consumer: { groupId, ...member },
      subscribe: { fromBeginning: true },
      run: { partitionsConsumedConcurrently: PARTITIONS },
    },
  });
  apps.push(app);
  await app.listen();
  return app;
}

async function leave(app: INestMicroservice): Promise<void> {
  apps.splice(apps.indexOf(app), 1);
  await app.close();
}

function orders(count: number): Order[] {
  const all = Array.from({ length: count }, (_, i) => ({ userId: `u${i % USERS}`, id: `${i}` }));
  for (const { userId, id } of all) checker.sent(userId, id);
  return all;
}

async function untilHandled(count: number): Promise<void> {
  while (handledBy.size < count) await once(bell, 'done');
}

describe('the module', () => {
  it('sends and consumes over SASL and TLS', async () => {
    const first = await ours('first', `group-${topic}`, secure as Client);
    const producer = first.get(ReliableKafkaProducer);
    await producer.send(
      topic,
      orders(600).map((value) => ({ orderedBy: value.userId, value })),
    );
    await untilHandled(50);
    await ours('second', `group-${topic}`, secure as Client);
    await untilHandled(600);
    expect(checker.check()).toMatchObject({ ...SOUND, sent: 600, duplicated: 0 });
  }, 120_000);
});

describe("a rolling swap from Nest's ServerKafka, in one group", () => {
  it('loses and reorders nothing, and only what an old instance had begun comes again', async () => {
    const count = size(6_000, 40_000);
    const groupId = `swap-${topic}`;
    const old = [await nests('old-1', groupId), await nests('old-2', groupId)];
    const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
    const producer = kafka.producer();
    await producer.connect();
    const messages = orders(count).map((order) => ({ key: order.userId, value: JSON.stringify(order) }));
    await producer.send({ topic, messages });
    await producer.disconnect();

    await untilHandled(count * 0.1);
    await ours('new-1', `${groupId}-server`);
    await untilHandled(count * 0.25);
    await leave(old[0]!);
    await untilHandled(count * 0.4);
    await ours('new-2', `${groupId}-server`);
    await untilHandled(count * 0.55);
    await leave(old[1]!);
    await untilHandled(count);

    const report = checker.check();
    expect(report.counterexamples.filter((found) => found.includes('was running on'))).toEqual([]);
    expect(report).toMatchObject({ ...SOUND, sent: count });
    const workers = new Set([...handledBy.values()].flat());
    expect([...workers].sort()).toEqual(['new-1', 'new-2', 'old-1', 'old-2']);
    // kafkajs leaves records of a batch uncommitted when the group rebalances; what one of ours has handled never comes again.
    const again = [...handledBy.values()].filter((runs) => runs.length > 1);
    expect(again.filter(([first]) => !first!.startsWith('old'))).toEqual([]);
    expect(again.length).toBeLessThan(PARTITIONS * 4);
  }, 300_000);
});
