import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, type MicroserviceOptions, Payload } from '@nestjs/microservices';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { Kafka, logLevel } from 'kafkajs';
import {
  ConsumerControl,
  type HealthReason,
  type HealthStatus,
  OrderedBy,
  ReliableKafkaEvents,
  ReliableKafkaModule,
  ReliableKafkaServer,
} from 'nestjs-reliable-kafka';
import { filter, firstValueFrom } from 'rxjs';
import { createTopic } from '../support/create-topic.js';
import { ProxiedKafka } from '../support/proxied-kafka.js';
import { realServices } from '../services/index.js';

const { brokers } = realServices().kafka;
/** The shortest session that Kafka allows by default. */
const member = { sessionTimeout: 6_000, heartbeatInterval: 500, retry: { retries: 2 } };

describe('health, while a proxy keeps the consumer from Kafka', () => {
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 30 } });
  let topic: string;
  let link: ProxiedKafka;
  let app: INestMicroservice;
  let handled: string[];
  let bell: EventEmitter;

  beforeEach(async () => {
    topic = `health-${randomUUID()}`;
    handled = [];
    bell = new EventEmitter();
    const admin = kafka.admin();
    await admin.connect();
    await createTopic(admin, { topic, numPartitions: 3 });
    await admin.disconnect();
    link = await ProxiedKafka.before(brokers);

    @Controller()
    class Handlers {
      @EventPattern<string>(topic)
      @OrderedBy<{ user: string }>('user')
      handle(@Payload() { user }: { user: string }): void {
        handled.push(user);
        bell.emit('handled');
      }
    }
    @Module({
      imports: [
        ReliableKafkaModule.forRoot({
          client: { ...link.client(brokers), requestTimeout: 5_000 },
          consumer: { groupId: `group-${topic}`, ...member },
        }),
      ],
      controllers: [Handlers],
    })
    class App {}
    app = await NestFactory.createMicroservice<MicroserviceOptions>(App, {
      logger: false,
      inject: [ReliableKafkaServer],
      useFactory: (strategy: ReliableKafkaServer) => ({ strategy }),
    } as never);
    const green = turned('green');
    await app.listen();
    await green;
  }, 60_000);

  afterEach(async () => {
    link.release();
    await app.close();
    await link.stop();
  }, 60_000);

  async function turned(to: HealthStatus): Promise<readonly HealthReason[]> {
    const { events$ } = app.get(ReliableKafkaEvents);
    const changed = await firstValueFrom(
      events$.pipe(filter((event) => event.type === 'health-changed' && event.to === to)),
    );
    return changed.type === 'health-changed' ? changed.reasons : [];
  }

  async function send(...users: string[]): Promise<void> {
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic, messages: users.map((user) => ({ key: user, value: JSON.stringify({ user }) })) });
    await producer.disconnect();
  }

  async function untilHandled(count: number): Promise<void> {
    while (handled.length < count) await once(bell, 'handled');
  }

  it.each<['answers nothing' | 'resets every connection', () => void]>([
    ['answers nothing', () => link.hold()],
    ['resets every connection', () => link.cut()],
  ])(
    'that %s: red while it lasts, green after it, and nothing is lost',
    async (_, strike) => {
      await send('before');
      await untilHandled(1);
      const red = turned('red');
      strike();
      expect((await red)[0]!.code).toMatch(/lease-lost|crashed/);
      await send('meanwhile', 'meanwhile too');
      expect(app.get(ConsumerControl).health().status).toBe('red');
      expect(handled).toEqual(['before']);
      const green = turned('green');
      link.release();
      await green;
      await untilHandled(3);
      expect(app.get(ConsumerControl).health()).toEqual({ status: 'green', reasons: [], more: 0 });
      expect([...handled].sort()).toEqual(['before', 'meanwhile', 'meanwhile too']);
    },
    120_000,
  );
});
