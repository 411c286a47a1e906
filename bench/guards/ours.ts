import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, type MicroserviceOptions, Payload } from '@nestjs/microservices';
import { logLevel } from 'kafkajs';
import {
  Idempotent,
  type IdempotencyGuard,
  OrderedBy,
  RECORD_KEY,
  ReliableKafkaEvents,
  ReliableKafkaModule,
  ReliableKafkaServer,
} from 'nestjs-reliable-kafka';
import { redisIdempotency, setNx } from 'nestjs-reliable-kafka/redis';
import {
  currentManager,
  statusGuard,
  typeormIdempotency,
  uniqueKey,
  versionGuard,
} from 'nestjs-reliable-kafka/typeorm';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { realServices } from '../../test/services/index.js';
import { type Measured, Meter } from '../measure.js';
import { type GuardCase, POOL } from './cases.js';
import { url } from './database.js';

@Entity('bench_row')
class BenchRow {
  @PrimaryColumn('integer') id: number;
  @Column('integer') version: number;
  @Column('integer') status: number;
  @Column('text') owner: string;
  @Column('integer') fence: number;
  @Column('timestamptz') until: Date;
}

export interface BenchRecord {
  readonly id: number;
  readonly version: number;
}

const insert = async ({ id }: BenchRecord) => {
  await currentManager().query('INSERT INTO bench_effect VALUES ($1)', [id]);
};
const nothing = async () => undefined;

const guards: Record<GuardCase['guard'], { guard: IdempotencyGuard; handle(record: BenchRecord): Promise<unknown> }> = {
  uniqueKey: { guard: uniqueKey({ key: 'id' }), handle: insert },
  uniqueKeyBatched: { guard: uniqueKey({ key: 'id', batch: true }), handle: insert },
  uniqueKeyClaims: { guard: uniqueKey({ key: 'id', batch: true }), handle: nothing },
  versionGuard: {
    guard: versionGuard(BenchRow, { id: 'id', version: 'version', mode: 'latest', onMissing: 'reject' }),
    handle: nothing,
  },
  statusGuard: {
    guard: statusGuard(BenchRow, {
      id: 'id',
      from: 0,
      to: 1,
      done: [2],
      claim: { owner: 'owner', fence: 'fence', until: 'until' },
      onUnknown: 'retry',
    }),
    handle: async () => 2,
  },
  setNx: { guard: setNx({ key: 'id', lease: 60_000, retention: 60_000 }), handle: nothing },
};

/** A handler behind the guard, on Kafka, with everything that the library does: lanes, tracking, commits. Timed from its first record to its last outcome. */
export async function ours(one: GuardCase, topic: string, groupId: string): Promise<Measured> {
  const { guard, handle } = guards[one.guard];
  const meter = new Meter(one.records);
  let handled = 0;
  const store = one.guard === 'setNx' ? redisIdempotency({ url: realServices().redis.url }) : typeormIdempotency();

  @Controller()
  class Handlers {
    @EventPattern<string>(topic)
    @OrderedBy(RECORD_KEY)
    @Idempotent(guard)
    handle(@Payload() record: BenchRecord): Promise<unknown> {
      meter.begin();
      handled++;
      return handle(record);
    }
  }
  const database = await new DataSource({
    type: 'postgres',
    url,
    entities: [BenchRow],
    poolSize: POOL,
  }).initialize();
  @Module({
    imports: [
      ReliableKafkaModule.forRoot({
        client: { brokers: realServices().kafka.brokers, logLevel: logLevel.NOTHING },
        consumer: { groupId },
        concurrency: one.inFlight,
        idempotency: [store],
      }),
    ],
    controllers: [Handlers],
    providers: [{ provide: DataSource, useValue: database }],
  })
  class App {}

  const app = await NestFactory.createMicroservice<MicroserviceOptions>(App, {
    logger: ['error', 'fatal'] as const,
    inject: [ReliableKafkaServer],
    useFactory: (strategy: ReliableKafkaServer) => ({ strategy }),
  } as never);
  // Committed up to the last one: every record has its outcome, and its transaction is over.
  const committed = new Map<number, bigint>();
  app.get(ReliableKafkaEvents).events$.subscribe((event) => {
    if (event.type !== 'committed') return;
    const before = committed.get(event.partition) ?? 0n;
    committed.set(event.partition, event.offset);
    meter.end(Number(event.offset - before));
  });
  await app.listen();
  const measured = await meter.done;
  if (handled !== one.records) throw new Error(`${handled} runs of ${one.records} records`);
  await app.close();
  await database.destroy();
  return measured;
}
