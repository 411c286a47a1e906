import { afterEach, describe, expect, it } from '@jest/globals';
import {
  BadRequestException,
  Controller,
  ForbiddenException,
  Inject,
  Injectable,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import type { CanActivate, Type } from '@nestjs/common';
import { Ctx, EventPattern, Payload, RpcException } from '@nestjs/microservices';
import { CommitAfter, FatalError, OrderedBy, RecordContext } from 'nestjs-reliable-kafka';
import { deliver } from 'nestjs-reliable-kafka/testing';
import type { Observable } from 'rxjs';
import { catchError, EMPTY, of, retry, throwError, timeout } from 'rxjs';
import { barrier, pure } from './apps.js';
import type { Microservice } from './apps.js';

const boom = new Error('boom');
const swallow = { catch: () => of('swallowed') };
const through = { intercept: (_: unknown, next: { handle(): Observable<unknown> }) => next.handle() };

describe('An attempt', () => {
  let app: Microservice;

  afterEach(() => app.close());

  async function outcome(controller: Type, payload: unknown = { id: 1 }, prepare?: Parameters<typeof pure>[1]) {
    app = await pure([controller], prepare);
    return deliver(app, 'topic', payload);
  }

  it('is handled when the method returns, and gets payload and context', async () => {
    const seen: unknown[] = [];
    @Controller()
    class Plain {
      @EventPattern<string>('topic')
      @OrderedBy('id')
      handle(@Payload() payload: object, @Ctx() context: RecordContext): void {
        seen.push(payload, context instanceof RecordContext, context.orderingKey, context.attempt, context.handler);
      }
    }
    expect(await outcome(Plain)).toEqual({ kind: 'handled' });
    expect(seen).toEqual([{ id: 1 }, true, '1', 1, 'Plain.handle']);
  });

  it('failed with the original error of the method, whether or not there are interceptors', async () => {
    @Controller()
    class Failing {
      @EventPattern<string>('topic')
      bare(): void {
        throw boom;
      }

      @EventPattern<string>('intercepted')
      @UseInterceptors(through)
      intercepted(): Observable<never> {
        return throwError(() => boom);
      }
    }
    const failed = await outcome(Failing);
    expect(failed).toEqual({ kind: 'failed', error: boom });
    expect((failed as { error: unknown }).error).toBe(boom);
    expect(await deliver(app, 'intercepted', {})).toEqual({ kind: 'failed', error: boom });
  });

  it('is fatal when the method throws a FatalError, whatever stands around it', async () => {
    const terminal = new FatalError('for good');
    @Controller()
    class Failing {
      @EventPattern<string>('topic')
      bare(): void {
        throw terminal;
      }

      @EventPattern<string>('intercepted')
      @UseInterceptors(through)
      async intercepted(): Promise<void> {
        throw terminal;
      }

      @EventPattern<string>('swallowed')
      @UseFilters(swallow)
      swallowed(): void {
        throw terminal;
      }
    }
    const fatal = { kind: 'failed', error: terminal, fatal: true };
    expect(await outcome(Failing)).toEqual(fatal);
    expect(await deliver(app, 'intercepted', {})).toEqual(fatal);
    expect(await deliver(app, 'swallowed', {})).toEqual(fatal);
  });

  it.each(['method', 'parameter', 'global', 'global, with a filter'])(
    'failed with the original error of a pipe (%s)',
    async (place) => {
      const invalid = new BadRequestException('not a number');
      const pipe = {
        transform: (_: unknown, { type }: { type: string }) => {
          if (type === 'body') throw invalid;
        },
      };
      const nothing = { transform: (value: unknown) => value };
      @Controller()
      @UsePipes(place === 'method' ? pipe : nothing)
      class Piped {
        @EventPattern<string>('topic')
        handle(@Payload(place === 'parameter' ? pipe : nothing) _payload: unknown): void {}
      }
      const result = await outcome(
        Piped,
        {},
        {
          prepare: (app) => {
            if (place.startsWith('global')) app.useGlobalPipes(pipe);
            if (place.endsWith('filter')) app.useGlobalFilters(swallow);
          },
        },
      );
      expect(result).toEqual({ kind: 'failed', error: invalid });
      expect((result as { error: unknown }).error).toBe(invalid);
    },
  );

  it.each([
    ['answers no', () => false, 'Forbidden resource'],
    [
      'throws a ForbiddenException',
      () => {
        throw new ForbiddenException('no entry');
      },
      'no entry',
    ],
    [
      'throws an RpcException',
      () => {
        throw new RpcException('no entry');
      },
      'no entry',
    ],
  ])('is fatal when a guard %s, in the presence of filters and interceptors, too', async (_, canActivate, message) => {
    @Controller()
    class Guarded {
      @EventPattern<string>('topic')
      @UseGuards({ canActivate })
      handle(): void {}

      @EventPattern<string>('intercepted')
      @UseGuards({ canActivate })
      @UseInterceptors(through)
      intercepted(): void {}

      @EventPattern<string>('swallowed')
      @UseGuards({ canActivate })
      @UseFilters(swallow)
      swallowed(): void {}
    }
    const denied = { kind: 'failed', fatal: true, error: expect.objectContaining({ message }) };
    expect(await outcome(Guarded)).toEqual(denied);
    expect(await deliver(app, 'intercepted', {})).toEqual(denied);
    expect(await deliver(app, 'swallowed', {})).toEqual(denied);
  });

  it('is tried again when a guard fails without saying no', async () => {
    const down = {
      canActivate: (): boolean => {
        throw boom;
      },
    } satisfies CanActivate;
    @Controller()
    @UseGuards(down)
    class Guarded {
      @EventPattern<string>('topic')
      handle(): void {}
    }
    expect(await outcome(Guarded)).toEqual({ kind: 'failed', error: boom });
  });

  it('failed although a filter makes a good end of it', async () => {
    @Controller()
    @UseFilters(swallow)
    class Swallowed {
      @EventPattern<string>('topic')
      handle(): void {
        throw boom;
      }

      @EventPattern<string>('interceptor')
      @UseInterceptors({ intercept: () => throwError(() => boom) })
      interceptor(): void {}
    }
    expect(await outcome(Swallowed)).toEqual({ kind: 'failed', error: boom });
    expect(await deliver(app, 'interceptor', {})).toEqual({ kind: 'failed', error: boom });
  });

  it.each([
    ['acknowledge', { kind: 'handled' }],
    ['reject', { kind: 'rejected', reason: 'why' }],
    ['release', { kind: 'released' }],
  ] as const)('has the outcome that a filter wished for after the error (%s)', async (wish, result) => {
    @Controller()
    @UseFilters({
      catch: (_error: unknown, host: { getArgByIndex(index: number): RecordContext }) => {
        const context = host.getArgByIndex(1);
        if (wish === 'reject') context.reject('why');
        else context[wish]();
        return EMPTY;
      },
    })
    class Answered {
      @EventPattern<string>('topic')
      handle(): void {
        throw boom;
      }
    }
    expect(await outcome(Answered)).toEqual(result);
  });

  it('is handled when an interceptor completes without a value, and without the method', async () => {
    let runs = 0;
    @Controller()
    class Skipped {
      @EventPattern<string>('topic')
      @UseInterceptors({ intercept: () => EMPTY })
      @UseFilters(swallow)
      handle(): void {
        runs++;
      }

      @EventPattern<string>('empty')
      empty(): Observable<never> {
        return EMPTY;
      }
    }
    expect(await outcome(Skipped)).toEqual({ kind: 'handled' });
    expect(runs).toBe(0);
    expect(await deliver(app, 'empty', {})).toEqual({ kind: 'handled' });
  });

  it('does not end before the method, when a timeout gives it up; the signal tells the method', async () => {
    const [started, end] = [barrier<AbortSignal>(), barrier()];
    let ended = false;
    @Controller()
    class Slow {
      @EventPattern<string>('topic')
      @UseInterceptors({
        intercept: (_: unknown, next: { handle(): Observable<unknown> }) => next.handle().pipe(timeout(1)),
      })
      async handle(@Ctx() context: RecordContext): Promise<void> {
        started.open(context.signal);
        await end.opened;
        ended = true;
      }
    }
    app = await pure([Slow]);
    const attempt = deliver(app, 'topic', {}).then((result) => ({ result, ended }));
    const signal = await started.opened;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    end.open();
    expect(await attempt).toEqual({
      ended: true,
      result: { kind: 'failed', error: expect.objectContaining({ name: 'TimeoutError' }) },
    });
  });

  it('is handled when an interceptor ran the method again and it went well', async () => {
    let runs = 0;
    @Controller()
    class Second {
      @EventPattern<string>('topic')
      @UseInterceptors({
        intercept: (_: unknown, next: { handle(): Observable<unknown> }) => next.handle().pipe(retry(1)),
      })
      handle(): void {
        if (++runs === 1) throw boom;
      }
    }
    expect(await outcome(Second)).toEqual({ kind: 'handled' });
    expect(runs).toBe(2);
  });

  it('failed when an interceptor makes a value of the error: only a wish is an outcome then', async () => {
    const calm = {
      intercept: (_: unknown, next: { handle(): Observable<unknown> }) => next.handle().pipe(catchError(() => of(1))),
    };
    @Controller()
    class Calmed {
      @EventPattern<string>('topic')
      @UseInterceptors(calm)
      handle(): void {
        throw boom;
      }
    }
    expect(await outcome(Calmed)).toEqual({ kind: 'failed', error: boom });
  });

  it('follows the first wish', async () => {
    const wishes: Record<string, (context: RecordContext) => void> = {
      acknowledged: (context) => {
        context.acknowledge();
        context.reject('late');
      },
      released: (context) => {
        context.release(50);
        context.acknowledge();
      },
      rejected: (context) => {
        context.reject('why');
        throw boom;
      },
      'acknowledged, then thrown': (context) => {
        context.acknowledge();
        throw boom;
      },
      'nonsensical delay': (context) => context.release(-1),
    };
    @Controller()
    class Wishing {
      @EventPattern<string>('topic')
      handle(@Payload() wish: string, @Ctx() context: RecordContext): void {
        wishes[wish]!(context);
      }
    }
    app = await pure([Wishing]);
    expect(await deliver(app, 'topic', 'acknowledged')).toEqual({ kind: 'handled' });
    expect(await deliver(app, 'topic', 'released')).toEqual({ kind: 'released', delay: 50 });
    expect(await deliver(app, 'topic', 'rejected')).toEqual({ kind: 'rejected', reason: 'why' });
    expect(await deliver(app, 'topic', 'acknowledged, then thrown')).toEqual({ kind: 'failed', error: boom });
    expect(await deliver(app, 'topic', 'nonsensical delay')).toEqual({ kind: 'failed', error: expect.any(RangeError) });
  });

  it('of a manual handler lasts until its wish, or until its signal aborts', async () => {
    const contexts: RecordContext[] = [];
    @Controller()
    @CommitAfter('manual')
    class Manual {
      @EventPattern<string>('topic')
      handle(@Ctx() context: RecordContext): void {
        contexts.push(context);
      }
    }
    app = await pure([Manual]);
    let ended = false;
    const attempt = deliver(app, 'topic', {}).finally(() => (ended = true));
    await new Promise(setImmediate);
    expect(ended).toBe(false);
    contexts[0]!.acknowledge();
    expect(await attempt).toEqual({ kind: 'handled' });

    const lost = new AbortController();
    const abandoned = deliver(app, 'topic', {}, { signal: lost.signal });
    await new Promise(setImmediate);
    lost.abort();
    expect(await abandoned).toEqual({ kind: 'released' });
  });

  it('has a controller of its own where that is request-scoped, whose constructor may fail and be tried again', async () => {
    const built: unknown[] = [];
    let broken = true;
    const unbuilt = new BadRequestException('looks like a denial');
    @Injectable({ scope: Scope.REQUEST })
    class Session {
      constructor(@Inject('REQUEST') request: { getContext(): RecordContext; getData(): unknown }) {
        if (broken) throw unbuilt;
        built.push(request.getData(), request.getContext().attempt);
      }
    }
    @Controller()
    @UseGuards({ canActivate: () => true })
    class Scoped {
      constructor(@Inject(Session) readonly session: Session) {}

      @EventPattern<string>('topic')
      handle(@Payload() payload: { fail?: boolean }): void {
        if (payload.fail) throw boom;
      }
    }
    app = await pure([Scoped], { providers: [Session] });
    expect(await deliver(app, 'topic', { id: 1 })).toEqual({ kind: 'failed', error: unbuilt });
    broken = false;
    expect(await deliver(app, 'topic', { id: 2 }, { attempt: 2 })).toEqual({ kind: 'handled' });
    expect(built).toEqual([{ id: 2 }, 2]);
    expect(await deliver(app, 'topic', { fail: true })).toEqual({ kind: 'failed', error: boom });
  });
});
