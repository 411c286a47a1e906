import { describe, expect, it } from '@jest/globals';
import { ConsoleLogger, Controller, Scope, UseGuards, UseInterceptors } from '@nestjs/common';
import type { ExceptionFilter, INestMicroservice, Type } from '@nestjs/common';
import { EXCEPTION_FILTERS_METADATA, GUARDS_METADATA, INTERCEPTORS_METADATA } from '@nestjs/common/constants.js';
import { EventPattern } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { ReliableKafkaModule, ReliableKafkaServer } from 'nestjs-reliable-kafka';
import { deliver } from 'nestjs-reliable-kafka/testing';
import { EMPTY } from 'rxjs';
import { OPTIONS, pure } from './apps.js';

const boom = new Error('boom');
const KINDS = [GUARDS_METADATA, INTERCEPTORS_METADATA, EXCEPTION_FILTERS_METADATA];
const lists = (of: object) =>
  KINDS.map((kind) => ((Reflect.getMetadata(kind, of) as unknown[] | undefined) ?? []).length);

@Controller()
class Failing {
  @EventPattern<string>('topic')
  handle(): void {
    throw boom;
  }
}

/** A global filter that takes note of what it is asked. */
function noting(): ExceptionFilter & { readonly seen: unknown[] } {
  const seen: unknown[] = [];
  return {
    seen,
    catch: (error: unknown) => {
      seen.push(error);
      return EMPTY;
    },
  };
}

async function hybrid(
  controllers: Type[],
  {
    inheritAppConfig = false,
    deferInitialization = false,
    filter,
  }: {
    inheritAppConfig?: boolean;
    deferInitialization?: boolean;
    filter?(app: { useGlobalFilters(...filters: ExceptionFilter[]): unknown }, microservice: INestMicroservice): void;
  },
) {
  const module = await Test.createTestingModule({ imports: [ReliableKafkaModule.forRoot(OPTIONS)], controllers })
    .setLogger(new ConsoleLogger({ logLevels: [] }))
    .compile();
  const app = module.createNestApplication();
  if (inheritAppConfig) filter?.(app, undefined as never);
  const microservice = app.connectMicroservice(
    { strategy: app.get(ReliableKafkaServer) },
    { inheritAppConfig, deferInitialization },
  );
  if (!inheritAppConfig) filter?.(app, microservice);
  await app.get(ReliableKafkaServer).close(); // nothing answers at the address of this test
  await app.startAllMicroservices();
  return app;
}

describe('Enhancers of ours', () => {
  it('leave no trace on a controller, which other transports and applications may use', async () => {
    @Controller()
    class Enhanced {
      @EventPattern<string>('topic')
      @UseGuards({ canActivate: () => true })
      @UseInterceptors({ intercept: (_: unknown, next: { handle(): never }) => next.handle() })
      handle(): void {}
    }
    const before = lists(Enhanced.prototype.handle);
    await (await pure([Enhanced, Failing])).close();
    expect(lists(Enhanced.prototype.handle)).toEqual(before);
    expect(lists(Failing.prototype.handle)).toEqual([0, 0, 0]);
  });

  it('stay on a request-scoped one, once, however often it is used', async () => {
    @Controller({ scope: Scope.REQUEST })
    class Scoped {
      @EventPattern<string[]>(['topic', 'other'])
      handle(): void {
        throw boom;
      }
    }
    for (let i = 0; i < 2; i++) {
      const app = await pure([Scoped]);
      expect(await deliver(app, 'topic', {})).toEqual({ kind: 'failed', error: boom });
      await app.close();
    }
    expect(lists(Scoped.prototype.handle)).toEqual([0, 1, 1]);
  });

  it('stand in no filter’s way: those of a microservice, inherited ones, and ones that come late', async () => {
    const ofMicroservice = noting();
    const app = await pure([Failing], { prepare: (one) => void one.useGlobalFilters(ofMicroservice) });
    expect(await deliver(app, 'topic', {})).toEqual({ kind: 'failed', error: boom });
    await app.close();

    const inherited = noting();
    const inheriting = await hybrid([Failing], {
      inheritAppConfig: true,
      filter: (one) => one.useGlobalFilters(inherited),
    });
    expect(await deliver(inheriting, 'topic', {})).toEqual({ kind: 'failed', error: boom });
    await inheriting.close();

    const late = noting();
    const deferred = await hybrid([Failing], {
      deferInitialization: true,
      filter: (_, microservice) => microservice.useGlobalFilters(late),
    });
    expect(await deliver(deferred, 'topic', {})).toEqual({ kind: 'failed', error: boom });
    await deferred.close();

    expect([ofMicroservice.seen, inherited.seen, late.seen]).toEqual([[boom], [boom], [boom]]);
  });

  it('need nothing of the application’s: what it does not pass on is not asked', async () => {
    const ofApp = noting();
    const app = await hybrid([Failing], { filter: (one) => one.useGlobalFilters(ofApp) });
    expect(await deliver(app, 'topic', {})).toEqual({ kind: 'failed', error: boom });
    expect(ofApp.seen).toEqual([]);
    await app.close();
  });
});
