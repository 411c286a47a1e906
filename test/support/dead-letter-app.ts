import { ConsoleLogger } from '@nestjs/common';
import type { INestMicroservice, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Kafka, logLevel } from 'kafkajs';
import {
  DeadLetters,
  ReliableKafkaEvents,
  ReliableKafkaModule,
  ReliableKafkaProducer,
  ReliableKafkaServer,
} from 'nestjs-reliable-kafka';
import type { ReliableKafkaEvent, ReliableKafkaOptions } from 'nestjs-reliable-kafka';

type Told<T extends ReliableKafkaEvent['type']> = Extract<ReliableKafkaEvent, { type: T }>;

/** An application with handlers, on a Kafka, and what it tells. */
export interface DeadLetterApp {
  readonly app: INestMicroservice;
  readonly deadLetters: DeadLetters;
  readonly producer: ReliableKafkaProducer;
  readonly events: readonly ReliableKafkaEvent[];
  /** The first event of the type that fits, past or future. */
  event<T extends ReliableKafkaEvent['type']>(type: T, fits?: (event: Told<T>) => boolean): Promise<Told<T>>;
  count(type: ReliableKafkaEvent['type']): number;
}

export interface AppSettings {
  readonly brokers: string[];
  readonly group: string;
  readonly options?: Partial<ReliableKafkaOptions>;
  /** Before it begins to consume. */
  prepare?(deadLetters: DeadLetters): void;
}

export async function deadLetterApp(
  controllers: Type[],
  { brokers, group, options, prepare }: AppSettings,
): Promise<DeadLetterApp> {
  const module = await Test.createTestingModule({
    imports: [
      ReliableKafkaModule.forRoot({
        client: { brokers, logLevel: logLevel.NOTHING },
        consumer: { groupId: group, sessionTimeout: 10_000, heartbeatInterval: 500 },
        audit: 'off',
        ...options,
      }),
    ],
    controllers,
  })
    .setLogger(new ConsoleLogger({ logLevels: [] }))
    .compile();
  const events: ReliableKafkaEvent[] = [];
  const waiting = new Set<(event: ReliableKafkaEvent) => void>();
  module.get(ReliableKafkaEvents).events$.subscribe((event) => {
    events.push(event);
    for (const look of waiting) look(event);
  });
  const deadLetters = module.get(DeadLetters);
  prepare?.(deadLetters);
  const app = module.createNestMicroservice({ strategy: module.get(ReliableKafkaServer), logger: false });
  await app.listen();
  return {
    app,
    deadLetters,
    producer: module.get(ReliableKafkaProducer),
    events,
    event: (type, fits = () => true) =>
      new Promise((resolve) => {
        const look = (event: ReliableKafkaEvent) => {
          if (event.type !== type || !fits(event as never)) return;
          waiting.delete(look);
          resolve(event as never);
        };
        waiting.add(look);
        for (const event of events) look(event);
      }),
    count: (type) => events.filter((event) => event.type === type).length,
  };
}

/** Everything that stands in a topic, as kafkajs gives it, partition by partition. */
export async function recordsIn(brokers: string[], topic: string) {
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const bounds = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const open = new Map(bounds.filter(({ low, high }) => low !== high).map(({ partition, high }) => [partition, high]));
  const found: { partition: number; key: Buffer | null; value: Buffer | null; headers: Record<string, unknown> }[] = [];
  const consumer = kafka.consumer({ groupId: `reader-${crypto.randomUUID()}`, maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  if (open.size > 0) {
    await new Promise<void>((resolve, reject) => {
      const eachMessage = async ({ partition, message }: { partition: number; message: any }) => {
        found.push({ partition, key: message.key, value: message.value, headers: message.headers });
        if (BigInt(message.offset) + 1n >= BigInt(open.get(partition) ?? 0)) open.delete(partition);
        if (open.size === 0) resolve();
      };
      consumer.run({ autoCommit: false, eachMessage }).catch(reject);
    });
  }
  await consumer.disconnect();
  return found;
}

/** What the group has committed, by partition. */
export async function committedOffsets(brokers: string[], group: string, topic: string): Promise<string[]> {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const [stored] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  await admin.disconnect();
  return stored!.partitions.toSorted((a, b) => a.partition - b.partition).map(({ offset }) => offset);
}
