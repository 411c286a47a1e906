import { ConsoleLogger, Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import {
  Idempotent,
  OrderedBy,
  ReliableKafkaEvents,
  ReliableKafkaModule,
  ReliableKafkaServer,
} from 'nestjs-reliable-kafka';
import type { RecordContext, ReliableKafkaEvent } from 'nestjs-reliable-kafka';
import { DataSource } from 'typeorm';
import { realServices } from '../../services/index.js';
import { connected, type Ground } from './ground.js';
import { storesOf } from './guarded-app.js';
import type { Message } from './message.js';
import type { Tuning } from './setup.js';
import { subjectOf } from './subjects.js';

export interface ConsumingOptions {
  readonly ground: Ground;
  readonly topic: string;
  readonly tuning?: Tuning;
  /** Before the handler does anything, under its claim. */
  readonly before: (message: Message) => Promise<void>;
}

/** Milliseconds; a broker grants no shorter one. */
export const SESSION = 6_000;

/** The handler of a subject as a member of a group on the real Kafka, which gives up a handler soon when the group rebalances. */
export class ConsumingApp {
  readonly events: ReliableKafkaEvent[] = [];

  private constructor(
    /** Leaves the group. */
    readonly end: () => Promise<void>,
    events: ReliableKafkaEvents,
  ) {
    events.events$.subscribe((event) => this.events.push(event));
  }

  static async start(name: string, { ground, topic, tuning = {}, before }: ConsumingOptions): Promise<ConsumingApp> {
    const subject = subjectOf(name);
    const dataSource = await connected(ground);

    @Controller()
    class Consuming {
      @EventPattern<string>(topic)
      @OrderedBy('id')
      @Idempotent(subject.guard(tuning))
      async handle(@Payload() message: Message, @Ctx() context: RecordContext): Promise<unknown> {
        await before(message);
        return subject.handle(message, { context, receiver: ground.receiver, dataSource });
      }
    }

    const module = await Test.createTestingModule({
      imports: [
        ReliableKafkaModule.forRoot({
          client: { brokers: realServices().kafka.brokers, logLevel: 0 },
          consumer: { groupId: ground.space, sessionTimeout: SESSION, heartbeatInterval: 500 },
          drainTimeout: 300,
          idempotency: storesOf({ ground, tuning }, dataSource),
          defaults: { commitAfter: 'record' },
        }),
      ],
      controllers: [Consuming],
      providers: [{ provide: DataSource, useValue: dataSource }],
    })
      .setLogger(new ConsoleLogger({ logLevels: [] }))
      .compile();
    const app = module.createNestMicroservice({ strategy: module.get(ReliableKafkaServer), logger: false });
    const consuming = new ConsumingApp(async () => {
      await app.close();
      await dataSource.destroy();
    }, module.get(ReliableKafkaEvents));
    await app.listen();
    return consuming;
  }

  count(type: ReliableKafkaEvent['type']): number {
    return this.events.filter((event) => event.type === type).length;
  }

  /** Of the last assignment. */
  get partitions(): number[] {
    const last = this.events.findLast((event) => event.type === 'assigned');
    return last?.type === 'assigned' ? last.partitions.map(({ partition }) => partition) : [];
  }
}
