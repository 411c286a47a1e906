import { ConsoleLogger, Controller, type Type } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { Redis } from 'ioredis';
import {
  Idempotent,
  NOTHING,
  OrderedBy,
  type RecordContext,
  ReliableKafkaModule,
  ReliableKafkaServer,
} from 'nestjs-reliable-kafka';
import { redisIdempotency } from 'nestjs-reliable-kafka/redis';
import { typeormIdempotency } from 'nestjs-reliable-kafka/typeorm';
import { DataSource } from 'typeorm';
import { Attempts } from './attempts.js';
import { Failpoints, type Passing } from './failpoints.js';
import { connected } from './ground.js';
import type { Delivery, Message } from './message.js';
import { outcomeOf, type Outcome } from './outcome.js';
import type { Setup } from './setup.js';
import type { Subject } from './subject.js';
import { subjectOf } from './subjects.js';
import { PLAIN, REDIS } from './tokens.js';
import { Stops, type Worker } from './worker.js';

/** A Nest application with the guarded handlers of the matrix, which are given records one by one. */
export class GuardedApp implements Worker {
  private constructor(
    private readonly attempts: Attempts,
    private readonly failpoints: Failpoints,
    private readonly stops: Stops,
    private readonly closing: (() => unknown)[],
  ) {}

  static async start(setup: Setup): Promise<GuardedApp> {
    const stops = new Stops();
    const failpoints = new Failpoints((delivery) => stops.arrive(delivery));
    const { ground } = setup;
    const redis = ground.redis === undefined ? undefined : new Redis(ground.redis, { lazyConnect: true });
    const dataSource = ground.database && (await connected(ground));
    const plain = ground.database && (await connected(ground));
    const module = await Test.createTestingModule({
      imports: [
        ReliableKafkaModule.forRoot({
          client: { brokers: ['127.0.0.1:1'] },
          consumer: { groupId: ground.space },
          idempotency: storesOf(setup, dataSource).map((store) => failpoints.tap(store)),
        }),
      ],
      controllers: setup.subjects.map((name) => controllerOf(subjectOf(name), setup, failpoints, dataSource)),
      providers: [
        { provide: DataSource, useValue: dataSource },
        { provide: PLAIN, useValue: plain },
        { provide: REDIS, useValue: redis },
      ],
    })
      .setLogger(new ConsoleLogger({ logLevels: [] }))
      .compile();
    const app = module.createNestMicroservice({ strategy: module.get(ReliableKafkaServer), logger: false });
    await app.init();
    return new GuardedApp(new Attempts(app), failpoints, stops, [
      () => app.close(),
      () => dataSource?.destroy(),
      () => plain?.destroy(),
      () => redis?.disconnect(),
    ]);
  }

  deliver(delivery: Delivery): Promise<Outcome> {
    return this.failpoints.during(delivery, async () => outcomeOf(await this.attempts.run(delivery)));
  }

  reached(delivery: Delivery): Promise<void> {
    return this.stops.reached(delivery);
  }

  pass(delivery: Delivery, how: Passing = 'go'): void {
    this.stops.pass(delivery, how);
  }

  async end(): Promise<void> {
    for (const close of this.closing) await close();
  }
}

/** The stores of a ground. */
export function storesOf(
  { ground, tuning = {} }: Pick<Setup, 'ground' | 'tuning'>,
  dataSource: DataSource | undefined,
) {
  const { commandTimeout, lockTimeout, idleTimeout, sweepEvery } = tuning;
  const { redis: url, space } = ground;
  return [
    ...(dataSource ? [typeormIdempotency({ lockTimeout, idleTimeout, sweepEvery })] : []),
    ...(url === undefined ? [] : [redisIdempotency({ url, prefix: `${space}:`, commandTimeout })]),
  ];
}

/** The topic of a handler has the name of its subject. */
function controllerOf(
  subject: Subject,
  { ground, tuning = {} }: Setup,
  failpoints: Failpoints,
  dataSource: DataSource | undefined,
): Type {
  @Controller()
  class Guarded {
    @EventPattern<string>(subject.name)
    @OrderedBy(NOTHING)
    @Idempotent(failpoints.around(subject.guard(tuning)))
    async handle(@Payload() message: Message, @Ctx() context: RecordContext): Promise<unknown> {
      await failpoints.pass('after-claim');
      const answer = await subject.handle(message, { context, receiver: ground.receiver, dataSource });
      await failpoints.pass('after-effect');
      if (message.poisoned) throw new Error('poisoned');
      return answer;
    }
  }
  return Guarded;
}
