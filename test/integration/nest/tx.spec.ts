import { describe, expect, it } from '@jest/globals';
import { Controller, createParamDecorator, Injectable, Scope } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { ConfigurationError, Idempotent } from 'nestjs-reliable-kafka';
import { guard } from '../../support/scripted-guard.js';
import { refusal } from './apps.js';

/** As the one of the TypeORM room is marked. */
const Tx = createParamDecorator(Object.assign(() => 'manager', { [Symbol.for('nestjs-reliable-kafka:tx')]: true }));
const Other = createParamDecorator(() => 'other');
const transactional = () => guard(undefined, { name: 'uniqueKey', transactional: true });

async function problems(...controllers: Type[]): Promise<string[]> {
  const error = await refusal(controllers);
  if (error === undefined) return [];
  expect(error).toBeInstanceOf(ConfigurationError);
  return (error as ConfigurationError).problems.map(({ where, what }) => `${where}: ${what}`);
}

describe('@Tx()', () => {
  it('is fine behind a guard with a transaction, beside parameters that have decorators', async () => {
    @Controller()
    @Idempotent(transactional())
    class Fine {
      @EventPattern<string>('alone')
      alone(@Tx() _manager: unknown): void {}

      @EventPattern<string>('beside')
      beside(
        @Payload() _payload: unknown,
        @Tx() _manager: unknown,
        @Ctx() _context: unknown,
        @Other() _other: unknown,
      ): void {}

      @EventPattern<string>('without')
      without(_payload: unknown): void {}
    }
    expect(await problems(Fine)).toEqual([]);
  });

  it('needs a guard, and one with a transaction', async () => {
    @Controller()
    class Unguarded {
      @EventPattern<string>('unguarded')
      unguarded(@Payload() _payload: unknown, @Tx() _manager: unknown): void {}

      @EventPattern<string>('leased')
      @Idempotent(guard(undefined, { name: 'setNx' }))
      leased(@Tx() _manager: unknown): void {}
    }
    expect(await problems(Unguarded)).toEqual([
      'Unguarded.unguarded @Tx: there is no transaction for it: it has no guard',
      'Unguarded.leased @Tx: there is no transaction for it: setNx runs its handler in none',
    ]);
  });

  it('is refused beside parameters without a decorator, which Nest would empty', async () => {
    @Controller()
    @Idempotent(transactional())
    class Bare {
      @EventPattern<string>('before')
      before(_payload: unknown, @Tx() _manager: unknown): void {}

      @EventPattern<string>('after')
      after(@Tx() _manager: unknown, _payload: unknown): void {}
    }
    expect(await problems(Bare)).toEqual([
      'Bare.before @Tx: parameter 1 of the method has no decorator, and would be undefined beside it',
      'Bare.after @Tx: parameter 2 of the method has no decorator, and would be undefined beside it',
    ]);
  });

  it('is found on inherited methods, behind decorators that replace the method, and in request scope', async () => {
    const replaced: MethodDecorator = (_target, _key, descriptor: PropertyDescriptor) => {
      const { value } = descriptor;
      const wrapped = (...args: unknown[]) => value(...args);
      for (const key of Reflect.getMetadataKeys(value))
        Reflect.defineMetadata(key, Reflect.getMetadata(key, value), wrapped);
      descriptor.value = wrapped;
    };
    class Base {
      @EventPattern<string>('inherited')
      inherited(@Tx() _manager: unknown): void {}

      @replaced
      @EventPattern<string>('replaced')
      replaced(_payload: unknown, @Tx() _manager: unknown): void {}
    }
    @Injectable({ scope: Scope.REQUEST })
    @Controller()
    class Scoped extends Base {}
    expect(await problems(Scoped)).toEqual([
      'Scoped.inherited @Tx: there is no transaction for it: it has no guard',
      'Scoped.replaced @Tx: there is no transaction for it: it has no guard',
      'Scoped.replaced @Tx: parameter 1 of the method has no decorator, and would be undefined beside it',
    ]);
  });
});
