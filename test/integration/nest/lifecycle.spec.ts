import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConsoleLogger, Controller, Injectable, UseInterceptors } from '@nestjs/common';
import type {
  BeforeApplicationShutdown,
  INestApplicationContext,
  OnApplicationBootstrap,
  OnModuleDestroy,
  Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import {
  ConsumerControl,
  OrderedBy,
  RecordContext,
  ReliableKafkaEvents,
  ReliableKafkaModule,
  ReliableKafkaProducer,
  ReliableKafkaServer,
  TOPIC,
} from 'nestjs-reliable-kafka';
import type { ReliableKafkaEvent } from 'nestjs-reliable-kafka';
import { EmbeddedKafka } from 'nestjs-reliable-kafka/testing';
import { filter, firstValueFrom } from 'rxjs';
import { barrier } from './apps.js';

describe('An application', () => {
  let kafka: EmbeddedKafka;
  const closing: { close(): Promise<unknown> }[] = [];

  beforeEach(async () => {
    kafka = await EmbeddedKafka.start({ topics: { topic: 2 } });
  });

  afterEach(async () => {
    for (const one of closing.splice(0)) await one.close();
    await kafka.stop();
  });

  const imports = () => [
    ReliableKafkaModule.forRoot({ client: { brokers: kafka.brokers, logLevel: 0 }, consumer: { groupId: 'group' } }),
  ];

  async function hybrid(controllers: Type[], providers: Type[] = []) {
    const module = await Test.createTestingModule({ imports: imports(), controllers, providers })
      .setLogger(new ConsoleLogger({ logLevels: [] }))
      .compile();
    const app = module.createNestApplication();
    app.connectMicroservice({ strategy: app.get(ReliableKafkaServer) });
    closing.push(app);
    return app;
  }

  /** The next event of a kind. */
  const next = (app: Pick<INestApplicationContext, 'get'>, type: ReliableKafkaEvent['type']) =>
    firstValueFrom(app.get(ReliableKafkaEvents).events$.pipe(filter((one) => one.type === type)));

  it('consumes as a hybrid one once it is bootstrapped, and not before', async () => {
    const order: string[] = [];
    const handled = barrier();
    @Injectable()
    class Slow implements OnApplicationBootstrap {
      async onApplicationBootstrap(): Promise<void> {
        await new Promise(setImmediate);
        order.push('bootstrapped');
      }
    }
    @Controller()
    class Handlers {
      @EventPattern<string>('topic')
      @OrderedBy('id')
      handle(@Payload() { id }: { id: number }, @Ctx() context: RecordContext): void {
        order.push(`${id} ${context instanceof RecordContext}`);
        handled.open();
      }
    }
    const app = await hybrid([Handlers], [Slow]);
    await app.get(ReliableKafkaProducer).send('topic', [{ value: { id: 1 }, orderedBy: 1 }]);
    await app.startAllMicroservices();
    expect(app.get(ConsumerControl).stats().state).toBe('stopped');
    expect(() => app.get(ConsumerControl).pause()).toThrow('The consumer has not started');
    await app.listen(0, '127.0.0.1');
    await handled.opened;
    expect(order).toEqual(['bootstrapped', '1 true']);
    await app.get(ConsumerControl).idle();
    expect(app.get(ConsumerControl).stats()).toMatchObject({ state: 'running', concurrency: 256, inFlight: 0 });
  });

  it('consumes as a pure one, whose strategy is injected', async () => {
    const handled = barrier<unknown>();
    @Controller()
    class Handlers {
      @EventPattern<string>('topic')
      handle(@Payload() payload: unknown): void {
        handled.open(payload);
      }
    }
    const module = { module: class Root {}, imports: imports(), controllers: [Handlers] };
    const app = await NestFactory.createMicroservice(module, {
      inject: [ReliableKafkaServer],
      useFactory: (strategy: ReliableKafkaServer) => ({ strategy }),
      logger: false,
    });
    closing.push(app);
    await app.listen();
    await app.get(ReliableKafkaProducer).send('topic', [{ value: 'hello' }]);
    expect(await handled.opened).toBe('hello');
  });

  it('drains before any provider is destroyed, whatever its module, and lets HTTP send until it has ended', async () => {
    const order: string[] = [];
    const [started, end] = [barrier(), barrier()];
    @Injectable()
    class Database implements OnModuleDestroy, BeforeApplicationShutdown {
      constructor(private readonly producer: ReliableKafkaProducer) {}

      onModuleDestroy(): void {
        order.push('database closed');
      }

      async beforeApplicationShutdown(): Promise<void> {
        await this.producer.send('topic', [{ value: 'a request in flight' }]);
        order.push('sent');
      }
    }
    @Controller()
    class Handlers {
      @EventPattern<string>('topic')
      async handle(): Promise<void> {
        started.open();
        await end.opened;
        order.push('handler ended');
      }
    }
    const app = await hybrid([Handlers], [Database]);
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    await app.get(ReliableKafkaProducer).send('topic', [{ value: 1 }]);
    await started.opened;
    const committed = next(app, 'committed');
    const closed = app.close();
    while (app.get(ConsumerControl).stats().state !== 'draining') await new Promise(setImmediate);
    end.open();
    await closed;
    expect(order).toEqual(['handler ended', 'database closed', 'sent']);
    expect(await committed).toMatchObject({ topic: 'topic', offset: 1n });
    await app.get(ReliableKafkaServer).close();
    await expect(app.get(ReliableKafkaProducer).send('topic', [{ value: 1 }])).rejects.toThrow(
      'The producer is closed',
    );
  });

  it('keeps a failing key waiting while the others flow, and tells so; handlers with interceptors, too', async () => {
    const handled: string[] = [];
    const recovered = barrier();
    let broken = true;
    @Controller()
    class Handlers {
      @EventPattern<string>('topic')
      @OrderedBy('user')
      @UseInterceptors({ intercept: (_: unknown, next: { handle(): never }) => next.handle() })
      handle(@Payload() { user, n }: { user: string; n: number }): void {
        if (broken && user === 'a') throw new Error(`${user} is broken`);
        handled.push(`${user}${n}`);
        if (handled.length === 4) recovered.open();
      }
    }
    const app = await hybrid([Handlers]);
    const failed = next(app, 'attempt-failed');
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    const message = (user: string, n: number) => ({ value: { user, n }, orderedBy: user, partition: 0 });
    await app
      .get(ReliableKafkaProducer)
      .send('topic', [message('a', 1), message('a', 2), message('b', 1), message('b', 2)]);
    expect(await failed).toMatchObject({ handler: 'Handlers.handle', attempt: 1, error: { message: 'a is broken' } });
    broken = false;
    await recovered.opened;
    expect(handled).toEqual(['b1', 'b2', 'a1', 'a2']);
  });

  it('is not started when TOPIC order meets several partitions, and says so where it is started', async () => {
    @Controller()
    class Handlers {
      @EventPattern<string>('topic')
      @OrderedBy(TOPIC)
      handle(): void {}
    }
    const app = await hybrid([Handlers]);
    await app.startAllMicroservices();
    await expect(app.listen(0, '127.0.0.1')).rejects.toThrow(
      'Handlers.handle @OrderedBy: it orders by TOPIC, but topic has 2 partitions',
    );
  });
});
