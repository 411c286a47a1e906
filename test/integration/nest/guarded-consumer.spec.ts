import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConsoleLogger, Controller } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import {
  CommitAfter,
  ConsumerControl,
  FatalError,
  Idempotent,
  OrderedBy,
  ReliableKafkaEvents,
  ReliableKafkaModule,
  ReliableKafkaProducer,
  ReliableKafkaServer,
} from 'nestjs-reliable-kafka';
import type { RecordContext, ReliableKafkaEvent, ReliableKafkaOptions } from 'nestjs-reliable-kafka';
import { EmbeddedKafka } from 'nestjs-reliable-kafka/testing';
import { setNx, uniqueKey } from '../../../libs/reliable-kafka/src/idempotency/index.js';
import { barrier } from '../../support/consumers.js';
import { MemoryInboxStore, MemoryLeaseStore } from '../../support/memory-stores.js';

interface Order {
  readonly id: number;
  readonly user: string;
}

let kafka: EmbeddedKafka;
let inbox: MemoryInboxStore;
let app: Awaited<ReturnType<typeof serving>> | undefined;
let events: ReliableKafkaEvent[];

beforeEach(async () => {
  kafka = await EmbeddedKafka.start({ topics: { orders: 1 } });
  inbox = new MemoryInboxStore();
  events = [];
});

afterEach(async () => {
  await app?.close();
  app = undefined;
  await kafka.stop();
});

async function serving(
  controller: Type,
  idempotency: ReliableKafkaOptions['idempotency'] = [inbox],
  more: Partial<ReliableKafkaOptions> = {},
) {
  const module = await Test.createTestingModule({
    imports: [
      ReliableKafkaModule.forRoot({
        client: { brokers: kafka.brokers, logLevel: 0 },
        consumer: { groupId: 'group' },
        idempotency,
        ...more,
      }),
    ],
    controllers: [controller],
  })
    .setLogger(new ConsoleLogger({ logLevels: [] }))
    .compile();
  module.get(ReliableKafkaEvents).events$.subscribe((event) => {
    events.push(event);
    seen(event);
  });
  const made = module.createNestMicroservice({ strategy: module.get(ReliableKafkaServer), logger: false });
  await made.listen();
  return made;
}

let seen: (event: ReliableKafkaEvent) => void = () => {};

/** The next event of a type that fits. */
function next<T extends ReliableKafkaEvent['type']>(
  type: T,
  fits: (event: Extract<ReliableKafkaEvent, { type: T }>) => boolean = () => true,
): Promise<Extract<ReliableKafkaEvent, { type: T }>> {
  return new Promise((resolve) => {
    seen = (event) => {
      if (event.type === type && fits(event as never)) resolve(event as never);
    };
  });
}

const sent = (...orders: Order[]) =>
  app!.get(ReliableKafkaProducer).send(
    'orders',
    orders.map((value) => ({ value, orderedBy: value.user, id: `message ${value.id}` })),
  );
const order = (id: number, user = 'u1'): Order => ({ id, user });

describe('A guarded handler behind a consumer', () => {
  it('handles each message once, however often it was sent, and passes the others', async () => {
    @Controller()
    class Orders {
      @EventPattern<string>('orders')
      @OrderedBy('user')
      @Idempotent(uniqueKey())
      async handle(@Payload() { id }: Order): Promise<void> {
        await inbox.write(`order ${id}`);
      }
    }
    app = await serving(Orders);
    const committed = next('committed', ({ offset }) => offset === 5n);
    await sent(order(1), order(2), order(1));
    await sent(order(1), order(3));
    await committed;
    expect(inbox.effects).toEqual(['order 1', 'order 2', 'order 3']);
    expect(events.filter(({ type }) => type === 'record-skipped')).toEqual(
      [2n, 3n].map((offset) => ({
        type: 'record-skipped',
        record: { topic: 'orders', partition: 0, offset },
        handler: 'Orders.handle',
        reason: 'duplicate',
      })),
    );
  });

  it('runs nothing and passes nothing while its store is away, and everything once when it is back', async () => {
    @Controller()
    class Orders {
      @EventPattern<string>('orders')
      @OrderedBy('user')
      @Idempotent(uniqueKey())
      async handle(@Payload() { id }: Order): Promise<void> {
        await inbox.write(`order ${id}`);
      }
    }
    const began = inbox.begin.bind(inbox);
    inbox.begin = () => {
      throw new Error('no connection');
    };
    app = await serving(Orders);
    const failed = next('attempt-failed', ({ attempt }) => attempt === 2);
    await sent(order(1), order(2));
    await failed;
    expect([inbox.effects, app.get(ConsumerControl).stats().partitions[0]!.watermark]).toEqual([[], 0n]);
    const committed = next('committed', ({ offset }) => offset === 2n);
    inbox.begin = began;
    await committed;
    expect(inbox.effects).toEqual(['order 1', 'order 2']);
  });

  it('holds the lane of a record that failed for good, and no other', async () => {
    const [others, runs] = [barrier(), [] as number[]];
    @Controller()
    class Orders {
      @EventPattern<string>('orders')
      @OrderedBy('user')
      @Idempotent(uniqueKey())
      async handle(@Payload() { id }: Order): Promise<void> {
        runs.push(id);
        if (id === 1) throw new FatalError('for good');
        if (id === 3) others.open();
      }
    }
    app = await serving(Orders);
    const held = next('lane-held');
    await sent(order(1, 'u1'), order(2, 'u1'), order(3, 'u2'));
    expect(await held).toMatchObject({
      record: { offset: 0n },
      error: expect.objectContaining({ message: 'for good' }),
    });
    await others.opened;
    expect(runs).toEqual([1, 3]);
    expect(app.get(ConsumerControl).stats().partitions[0]!.watermark).toBe(0n);
  });

  it('waits while another process has the claim, counting no attempt, and takes over when that one is gone', async () => {
    const leases = new MemoryLeaseStore();
    const attempts: number[] = [];
    @Controller()
    class Orders {
      @EventPattern<string>('orders')
      @Idempotent(setNx({ key: 'id', lease: 1_000 }))
      handle(@Ctx() { attempt }: RecordContext): void {
        attempts.push(attempt);
      }
    }
    await leases.claim({ scope: 'group/orders/', key: 'key:1', fingerprint: undefined }, 'another process', 1_000);
    app = await serving(Orders, [leases]);
    const waiting = next('record-waiting');
    await sent(order(1));
    expect(await waiting).toMatchObject({ reason: 'busy', record: { offset: 0n } });
    expect(attempts).toEqual([]);
    const committed = next('committed', ({ offset }) => offset === 1n);
    leases.now += 1_000;
    await committed;
    expect(attempts).toEqual([1]);
  });

  it('that acknowledges itself is committed to Kafka after its COMMIT', async () => {
    const acknowledged = barrier<RecordContext>();
    @Controller()
    class Orders {
      @EventPattern<string>('orders')
      @CommitAfter('manual')
      @Idempotent(uniqueKey())
      async handle(@Ctx() context: RecordContext): Promise<void> {
        await inbox.write('effect');
        acknowledged.open(context);
      }
    }
    const inFlight: number[] = [];
    inbox.committing = async () => void inFlight.push(app!.get(ConsumerControl).stats().partitions[0]!.inFlight);
    app = await serving(Orders);
    const committed = next('committed', ({ offset }) => offset === 1n);
    await sent(order(1));
    (await acknowledged.opened).acknowledge();
    await committed;
    expect([inFlight, inbox.effects]).toEqual([[1], ['effect']]);
  });

  it('ends before its store is closed', async () => {
    const ends: string[] = [];
    const [started, end] = [barrier(), barrier()];
    inbox.close = async () => void ends.push('closed');
    inbox.committing = async () => void ends.push('committed');
    @Controller()
    class Orders {
      @EventPattern<string>('orders')
      @Idempotent(uniqueKey())
      async handle(): Promise<void> {
        started.open();
        await end.opened;
      }
    }
    app = await serving(Orders);
    await sent(order(1));
    await started.opened;
    const closed = app.close();
    end.open();
    await closed;
    app = undefined;
    expect(ends).toEqual(['committed', 'closed']);
  });

  it('is not started where it remembers for a shorter time than its topic keeps records, and that is to be refused', async () => {
    @Controller()
    class Orders {
      @EventPattern<string>('orders')
      @Idempotent(uniqueKey({ retention: 1_000 }))
      handle(): void {}
    }
    await expect(serving(Orders, [inbox], { audit: 'refuse' })).rejects.toThrow(
      'Orders.handle @Idempotent: it remembers for 1 second what was handled, but orders keeps records for up to 14 days',
    );
    app = await serving(Orders);
  });

  it('is not started without its store; everything that is wrong is told together', async () => {
    @Controller()
    class Orders {
      @EventPattern<string>('orders')
      @Idempotent(uniqueKey())
      handle(): void {}

      @EventPattern<string>('missing')
      other(): void {}
    }
    const wrong = Object.assign(new MemoryLeaseStore(), {
      open: async () => [{ where: 'redis', what: 'it evicts keys', remedy: 'Set noeviction.' }],
    });
    const started = serving(Orders, [wrong]);
    await expect(started).rejects.toThrow(
      /it evicts keys[^]*there is no store for it|there is no store for it[^]*it evicts keys/,
    );
    await expect(started).rejects.toThrow('topic missing: it does not exist');
  });
});
