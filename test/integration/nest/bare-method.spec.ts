import { describe, expect, it } from '@jest/globals';
import { Controller, createParamDecorator, ParseIntPipe, UsePipes } from '@nestjs/common';
import type { ExecutionContext, PipeTransform } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { RecordContext } from 'nestjs-reliable-kafka';
import { deliver } from 'nestjs-reliable-kafka/testing';
import { of, throwError } from 'rxjs';
import { pure } from './apps.js';

const boom = new Error('boom');
const seen: unknown[][] = [];
const see = (...args: unknown[]) =>
  void seen.push(args.map((one) => (one instanceof RecordContext ? `ctx of ${one.getTopic()}` : one)));

const Topic = createParamDecorator((_: unknown, context: ExecutionContext) =>
  context.switchToRpc().getContext<RecordContext>().getTopic(),
);
const doubled: PipeTransform = { transform: (value: number) => value * 2 };

class Base {
  protected readonly own = 'its own';
}

@Controller()
class Handlers extends Base {
  @EventPattern<string>('nothing')
  nothing(): void {
    see(...arguments);
  }

  @EventPattern<string>('undecorated')
  undecorated(payload: unknown, more: unknown): void {
    see(payload, more, arguments.length);
  }

  @EventPattern<string>('payload')
  payload(@Payload() payload: unknown): void {
    see(payload, this.own);
  }

  @EventPattern<string>('both')
  both(@Payload() payload: unknown, @Ctx() context: RecordContext): void {
    see(payload, context);
  }

  @EventPattern<string>('reversed')
  reversed(@Ctx() context: RecordContext, @Payload() payload: unknown): void {
    see(context, payload);
  }

  @EventPattern<string>('gap')
  gap(gap: unknown, @Ctx() context: RecordContext): void {
    see(gap, context);
  }

  @EventPattern<string>('property')
  property(@Payload('id') id: unknown): void {
    see(id);
  }

  @EventPattern<string>('parameter-pipe')
  parameterPipe(@Payload(ParseIntPipe) id: unknown): void {
    see(id);
  }

  @EventPattern<string>('method-pipe')
  @UsePipes(doubled)
  methodPipe(@Payload() id: unknown): void {
    see(id);
  }

  @EventPattern<string>('custom')
  custom(@Topic() topic: string): void {
    see(topic);
  }

  @EventPattern<string>('throws')
  throws(): void {
    throw boom;
  }

  @EventPattern<string>('rejects')
  async rejects(): Promise<void> {
    throw boom;
  }

  @EventPattern<string>('observable')
  observable() {
    return of(1, 2);
  }

  @EventPattern<string>('failing-observable')
  async failingObservable() {
    return throwError(() => boom);
  }

  @EventPattern<string>('throws-after-acknowledge')
  throwsAfterAcknowledge(@Payload() _: unknown, @Ctx() context: RecordContext): void {
    context.acknowledge();
    throw boom;
  }

  @EventPattern<string>('rejects-then-throws')
  rejectsThenThrows(@Payload() _: unknown, @Ctx() context: RecordContext): void {
    context.reject('terminal');
    throw boom;
  }
}

async function deliverAll(app: Awaited<ReturnType<typeof pure>>) {
  const payloads: Record<string, unknown> = { property: { id: 7 }, 'parameter-pipe': '12', 'method-pipe': '[4]' };
  const topics = Object.getOwnPropertyNames(Handlers.prototype)
    .filter((name) => name !== 'constructor')
    .map((name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
  const outcomes: Record<string, unknown> = {};
  for (const topic of topics) {
    seen.length = 0;
    const result = await deliver(app, topic, payloads[topic] ?? { text: topic });
    outcomes[topic] = { result, seen: [...seen] };
  }
  await app.close();
  return outcomes;
}

describe('a handler that nothing stands around', () => {
  it("is called as Nest's own callback calls it", async () => {
    const bare = await deliverAll(await pure([Handlers]));
    // An interceptor, even one that does nothing, makes all of them go through Nest.
    const throughNest = await deliverAll(
      await pure([Handlers], {
        prepare: (app) => app.useGlobalInterceptors({ intercept: (_, next) => next.handle() }),
      }),
    );
    expect(bare).toEqual(throughNest);
    expect(bare).toMatchObject({
      both: { result: { kind: 'handled' }, seen: [[{ text: 'both' }, 'ctx of both']] },
      reversed: { seen: [['ctx of reversed', { text: 'reversed' }]] },
      property: { seen: [[7]] },
      'parameter-pipe': { seen: [[12]] },
      'method-pipe': { seen: [[8]] },
      custom: { seen: [['custom']] },
      rejects: { result: { kind: 'failed', error: boom } },
      'throws-after-acknowledge': { result: { kind: 'failed', error: boom } },
      'rejects-then-throws': { result: { kind: 'rejected', reason: 'terminal' } },
    });
  });

  it('does not go past the pipes of the application', async () => {
    seen.length = 0;
    const app = await pure([Handlers], { prepare: (one) => one.useGlobalPipes({ transform: () => 'piped' }) });
    await deliver(app, 'payload', {});
    await app.close();
    expect(seen).toEqual([['piped', 'its own']]);
  });
});
