import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, UseInterceptors } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import {
  CommitAfter,
  ConfigurationError,
  FatalError,
  Handler,
  Idempotent,
  ReliableKafkaServer,
} from 'nestjs-reliable-kafka';
import type { AttemptResult } from '../../../libs/reliable-kafka/src/contracts/index.js';
import type { RecordContext, ReliableKafkaOptions } from 'nestjs-reliable-kafka';
import { deliver } from 'nestjs-reliable-kafka/testing';
import { setNx, uniqueKey } from '../../../libs/reliable-kafka/src/idempotency/index.js';
import { MemoryInboxStore, MemoryLeaseStore } from '../../support/memory-stores.js';
import { guard } from '../../support/scripted-guard.js';
import { barrier, pure, refusal } from './apps.js';
import type { Microservice } from './apps.js';

const boom = new Error('boom');

describe('A guarded handler', () => {
  let app: Microservice | undefined;
  let store: MemoryInboxStore;

  beforeEach(() => {
    store = new MemoryInboxStore();
  });

  afterEach(() => app?.close());

  async function serving(controller: Type, ...more: Type[]): Promise<Microservice> {
    return (app = await pure([controller, ...more], { options: { idempotency: [store] } }));
  }

  it('is behind the guard of its method, else of its class, else of the base of that', async () => {
    const asked: string[] = [];
    const named = (name: string) =>
      guard(async ({ execute }) => {
        asked.push(name);
        return (await execute({})).result;
      });
    @Idempotent(named('base'))
    class Base {
      @EventPattern<string>('inherited')
      @Idempotent(named('method of the base'))
      inherited(): void {}
    }
    @Controller()
    @Idempotent(named('class'))
    class Concrete extends Base {
      @EventPattern<string>('own')
      @Idempotent(named('method'))
      own(): void {}

      @EventPattern<string>('plain')
      plain(): void {}
    }
    @Controller()
    class Inheriting extends Base {
      @EventPattern<string>('of the base')
      handle(): void {}
    }
    @Controller()
    class Unguarded {
      @EventPattern<string>('unguarded')
      handle(): void {}
    }
    const [first, second] = [await serving(Concrete, Unguarded), Inheriting];
    for (const topic of ['inherited', 'own', 'plain', 'unguarded'])
      expect(await deliver(first, topic, {})).toEqual({ kind: 'handled' });
    expect(asked).toEqual(['method of the base', 'method', 'class']);
    await first.close();
    await deliver(await serving(second), 'of the base', {});
    expect(asked.at(-1)).toBe('base');
  });

  it('has keys of its own: of the group, the concrete topic and its name, or of the consumer that the guard names', async () => {
    const scopes: string[] = [];
    const telling = (consumer?: string) =>
      guard(
        async ({ attempt, execute }, { scopeOf }) => {
          scopes.push(scopeOf(attempt.record));
          return (await execute({})).result;
        },
        { consumer },
      );
    @Controller()
    class Scoped {
      @EventPattern<string>('unnamed')
      @Idempotent(telling())
      unnamed(): void {}

      @EventPattern<RegExp>(/^any\./)
      @Handler('named')
      @Idempotent(telling())
      named(): void {}

      @EventPattern<string>('consumer')
      @Idempotent(telling('billing'))
      consumer(): void {}
    }
    await serving(Scoped);
    for (const topic of ['unnamed', 'any.one', 'any.two', 'consumer']) await deliver(app!, topic, {});
    expect(scopes).toEqual(['group/unnamed/', 'group/any.one/named', 'group/any.two/named', 'billing']);
  });

  it('runs once for each key, in the transaction of its claim', async () => {
    @Controller()
    class Orders {
      @EventPattern<string>('orders')
      @Idempotent(uniqueKey({ key: 'id' }))
      async handle(@Payload() { id }: { id: number }): Promise<void> {
        await store.write(`order ${id}`);
      }
    }
    await serving(Orders);
    expect(await deliver(app!, 'orders', { id: 1 })).toEqual({ kind: 'handled' });
    expect(await deliver(app!, 'orders', { id: 1 }, { offset: 7n })).toEqual({ kind: 'duplicate' });
    expect(await deliver(app!, 'orders', { id: 2 })).toEqual({ kind: 'handled' });
    expect(await deliver(app!, 'orders', {})).toMatchObject({ kind: 'failed', fatal: true });
    expect(store.effects).toEqual(['order 1', 'order 2']);
  });

  it('does not run, and has no outcome, when the store of its guard does not answer', async () => {
    let runs = 0;
    @Controller()
    class Orders {
      @EventPattern<string>('orders')
      @Idempotent(uniqueKey({ key: 'id' }))
      handle(): void {
        runs++;
      }
    }
    await serving(Orders);
    store.begin = () => {
      throw boom;
    };
    expect(await deliver(app!, 'orders', { id: 1 })).toEqual({ kind: 'failed', error: boom });
    expect(runs).toBe(0);
  });

  it('does not run when its claim came after the partition was lost', async () => {
    let runs = 0;
    const lost = new AbortController();
    @Controller()
    class Late {
      @EventPattern<string>('late')
      @Idempotent(
        guard(async ({ execute }) => {
          lost.abort();
          return (await execute({})).result;
        }),
      )
      handle(): void {
        runs++;
      }
    }
    await serving(Late);
    expect(await deliver(app!, 'late', {}, { signal: lost.signal })).toMatchObject({ kind: 'waiting' });
    expect(runs).toBe(0);
  });

  it.each<[what: string, end: (context: RecordContext) => void, result: object]>([
    [
      'throws',
      () => {
        throw boom;
      },
      { kind: 'failed', error: boom },
    ],
    [
      'throws a FatalError',
      () => {
        throw new FatalError('for good');
      },
      { kind: 'failed', fatal: true, error: expect.objectContaining({ message: 'for good' }) },
    ],
    ['releases', (context) => context.release(5), { kind: 'released', delay: 5 }],
    ['rejects', (context) => context.reject('why'), { kind: 'rejected', reason: 'why' }],
    [
      'throws after its acknowledgement',
      (context) => {
        context.acknowledge();
        throw boom;
      },
      { kind: 'failed', error: boom },
    ],
  ])('that %s leaves nothing of its effects, and no claim', async (_, end, result) => {
    const nothing = { intercept: (_: unknown, next: { handle(): never }) => next.handle() };
    @Controller()
    class Ending {
      @EventPattern<string>('bare')
      @Idempotent(uniqueKey({ key: 'id' }))
      async bare(@Ctx() context: RecordContext): Promise<void> {
        await store.write('effect');
        end(context);
      }

      @EventPattern<string>('intercepted')
      @UseInterceptors(nothing)
      @Idempotent(uniqueKey({ key: 'id' }))
      async intercepted(@Ctx() context: RecordContext): Promise<void> {
        await this.bare(context);
      }
    }
    await serving(Ending);
    expect(await deliver(app!, 'bare', { id: 1 })).toEqual(result);
    expect(await deliver(app!, 'intercepted', { id: 1 })).toEqual(result);
    expect([store.effects, store.rows.size]).toEqual([[], 0]);
  });

  it('is told of its claim', async () => {
    const seen: unknown[] = [];
    const claims = [{ recovered: true, fencingToken: 7n }, {}];
    @Controller()
    class Told {
      @EventPattern<string>('told')
      @Idempotent(guard(async ({ execute }) => (await execute(claims.shift()!)).result))
      handle(@Ctx() { recovered, fencingToken }: RecordContext): void {
        seen.push(recovered, fencingToken);
      }
    }
    await serving(Told);
    await deliver(app!, 'told', {});
    await deliver(app!, 'told', {});
    expect(seen).toEqual([true, 7n, false, undefined]);
  });

  it.each(['bare', 'intercepted'])('has a signal that aborts when its claim is lost (%s)', async (topic) => {
    const nothing = { intercept: (_: unknown, next: { handle(): never }) => next.handle() };
    const claim = new AbortController();
    const untilAborted = async ({ signal }: RecordContext): Promise<void> => {
      const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
      claim.abort();
      await aborted;
    };
    const losing = guard(async ({ execute }) => (await execute({ signal: claim.signal })).result);
    @Controller()
    @Idempotent(losing)
    class Losing {
      @EventPattern<string>('bare')
      bare(@Ctx() context: RecordContext): Promise<void> {
        return untilAborted(context);
      }

      @EventPattern<string>('intercepted')
      @UseInterceptors(nothing)
      intercepted(@Ctx() context: RecordContext): Promise<void> {
        return untilAborted(context);
      }
    }
    await serving(Losing);
    expect(await deliver(app!, topic, {})).toEqual({ kind: 'handled' });
  });

  describe('that acknowledges itself', () => {
    const contexts: RecordContext[] = [];

    @Controller()
    @CommitAfter('manual')
    class Manual {
      @EventPattern<string>('manual')
      @Idempotent(uniqueKey({ key: 'id' }))
      async handle(@Ctx() context: RecordContext): Promise<void> {
        await store.write('effect');
        contexts.push(context);
      }
    }

    /** Its method has returned, and nothing was wished. */
    async function returned(signal?: AbortSignal) {
      await serving(Manual);
      const outcome: { result?: AttemptResult } = {};
      const ended = deliver(app!, 'manual', { id: 1 }, { signal }).then((result) => (outcome.result = result));
      while (contexts.length === 0) await new Promise(setImmediate);
      await new Promise(setImmediate);
      expect([outcome.result, store.effects]).toEqual([undefined, []]);
      return { context: contexts.pop()!, outcome, ended };
    }

    it('has its outcome after the COMMIT', async () => {
      const { context, outcome, ended } = await returned();
      const [committing, commit] = [barrier(), barrier()];
      store.committing = () => {
        committing.open();
        return commit.opened;
      };
      context.acknowledge();
      await committing.opened;
      await new Promise(setImmediate);
      expect(outcome.result).toBeUndefined();
      commit.open();
      expect(await ended).toEqual({ kind: 'handled' });
      expect(store.effects).toEqual(['effect']);
    });

    it('has none when the COMMIT fails', async () => {
      const { context, ended } = await returned();
      store.committing = async () => {
        throw boom;
      };
      context.acknowledge();
      expect(await ended).toEqual({ kind: 'failed', error: boom });
    });

    it.each<[wish: string, (context: RecordContext) => void, AttemptResult]>([
      ['releases', (context) => context.release(5), { kind: 'released', delay: 5 }],
      ['rejects', (context) => context.reject('why'), { kind: 'rejected', reason: 'why' }],
    ])('%s: nothing stays', async (_, wish, result) => {
      const { context, ended } = await returned();
      wish(context);
      expect(await ended).toEqual(result);
      expect([store.effects, store.rows.size]).toEqual([[], 0]);
    });

    it('leaves nothing when its partition is lost before it wished', async () => {
      const lost = new AbortController();
      const { ended } = await returned(lost.signal);
      lost.abort();
      expect(await ended).toEqual({ kind: 'released' });
      expect([store.effects, store.rows.size]).toEqual([[], 0]);
    });
  });
});

describe('The start is refused for', () => {
  async function problems(controllers: Type[], options: Partial<ReliableKafkaOptions> = {}): Promise<string[]> {
    const error = await refusal(controllers, options);
    if (error === undefined) return [];
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).problems.map(({ where, what }) => `${where}: ${what}`);
  }

  /** What is found when stores and guards are opened. */
  async function problemsOfStores(controller: Type, idempotency: ReliableKafkaOptions['idempotency']) {
    const app = await pure([controller], { options: { idempotency } });
    const error = await app
      .get(ReliableKafkaServer)
      .handlers()
      .catch((error: ConfigurationError) => error);
    await app.close();
    return 'problems' in error ? error.problems.map(({ where, what }) => `${where}: ${what}`) : [];
  }

  it('a guard without its store, or with one of another name or kind', async () => {
    @Controller()
    class Orders {
      @EventPattern<string>('orders')
      @Idempotent(uniqueKey({ key: 'id' }))
      handle(): void {}

      @EventPattern<string>('calls')
      @Idempotent(setNx({ key: 'id', lease: 1_000, store: 'two' }))
      call(): void {}
    }
    expect(await problemsOfStores(Orders, undefined)).toEqual([
      'Orders.handle @Idempotent(uniqueKey): there is no store for it',
      "Orders.call @Idempotent(setNx): there is no store for it that is named 'two'",
    ]);
    expect(await problemsOfStores(Orders, [new MemoryLeaseStore('one')])).toHaveLength(2);
    expect(await problemsOfStores(Orders, [new MemoryInboxStore(), new MemoryLeaseStore('two')])).toEqual([]);
  });

  it('stores that share a name, or have none, and for whatever a store finds wrong with itself', async () => {
    @Controller()
    class Fine {
      @EventPattern<string>('fine')
      handle(): void {}
    }
    const wrong = Object.assign(new MemoryInboxStore('main'), {
      open: async () => [{ where: 'the pool', what: 'it has one connection', remedy: 'Give it two.' }],
    });
    expect(await problemsOfStores(Fine, [wrong, new MemoryInboxStore('main')])).toEqual([
      'the pool: it has one connection',
      "idempotency: two stores are named 'main'",
    ]);
    expect(await problemsOfStores(Fine, [new MemoryInboxStore(), new MemoryInboxStore()])).toEqual([
      'idempotency: two stores of inbox have no name',
    ]);
    expect(await problemsOfStores(Fine, [new MemoryInboxStore(), new MemoryLeaseStore()])).toEqual([]);
  });

  it('options that make no sense, and a decorator that is given no guard', async () => {
    @Controller()
    class Wrong {
      @EventPattern<string>('options')
      @Idempotent(uniqueKey({ key: '', retention: 0 }))
      options(): void {}

      @EventPattern<string>('nothing')
      @Idempotent(undefined as never)
      nothing(): void {}

      @EventPattern<string>('text')
      @Idempotent('uniqueKey' as never)
      text(): void {}
    }
    expect(await problems([Wrong])).toEqual([
      "Wrong.options @Idempotent: its key is ''",
      'Wrong.options @Idempotent: its retention is 0',
      'Wrong.nothing @Idempotent: it is given no guard',
      'Wrong.text @Idempotent: it is given no guard',
    ]);
  });

  it('stores that are none', async () => {
    @Controller()
    class Fine {
      @EventPattern<string>('fine')
      handle(): void {}
    }
    expect(await problems([Fine], { idempotency: [{} as never] })).toEqual(['idempotency[0]: it has no open()']);
    expect(await problems([Fine], { idempotency: {} as never })).toEqual(['idempotency: it is an object']);
  });

  it('a second guarded handler of a topic without a name', async () => {
    @Controller()
    class Two {
      @EventPattern<string>('orders')
      @Idempotent(guard())
      first(): void {}

      @EventPattern<string>('orders')
      @Idempotent(guard())
      second(): void {}
    }
    expect(await problems([Two])).toEqual([
      'Two.second: it is the second handler of orders without a name, and has a guard, whose keys go by that name',
    ]);
  });

  it('trap shared-scope: two handlers under one consumer, where they may take one record', async () => {
    const billing = () => guard(undefined, { consumer: 'billing' });
    @Controller()
    class Sharing {
      @EventPattern<string>('orders')
      @Idempotent(billing())
      first(): void {}

      @EventPattern<string>('orders')
      @Handler('second')
      @Idempotent(billing())
      second(): void {}

      @EventPattern<RegExp>(/^ord/g)
      @Idempotent(billing())
      pattern(): void {}

      @EventPattern<string>('refunds')
      @Idempotent(billing())
      elsewhere(): void {}
    }
    expect((await problems([Sharing])).map((problem) => problem.split(' takes')[0])).toEqual([
      'Sharing.second @Idempotent(scripted): Sharing.first',
      'Sharing.pattern @Idempotent(scripted): Sharing.first',
    ]);
    @Controller()
    class Patterns {
      @EventPattern<RegExp>(/a/)
      @Idempotent(billing())
      one(): void {}

      @EventPattern<RegExp>(/b/)
      @Idempotent(billing())
      other(): void {}
    }
    expect(await problems([Patterns])).toHaveLength(1);
  });

  it('a request whose duplicates would have no answer', async () => {
    @Controller()
    class Asked {
      @MessagePattern<string>('ask')
      @Idempotent(guard())
      ask(): void {}

      @MessagePattern<string>('replayed')
      @Idempotent(guard(undefined, { reply: 'replay' }))
      replayed(): void {}
    }
    expect(await problems([Asked])).toEqual([
      'Asked.ask @Idempotent(scripted): it stands before a @MessagePattern, and does not say what a duplicate request is answered',
    ]);
  });

  it('a guard before what is no handler', async () => {
    @Controller()
    class Lost {
      @Idempotent(guard())
      helper(): void {}

      @EventPattern<string>('fine')
      handle(): void {}
    }
    expect(await problems([Lost])).toEqual([
      'Lost.helper @Idempotent: the method is no handler that a ReliableKafkaServer takes',
    ]);
  });
});
