import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { Idempotent, OrderedBy, ReliableKafkaServer } from 'nestjs-reliable-kafka';
import type { IdempotencyStore, RecordContext } from 'nestjs-reliable-kafka';
import { deliver } from 'nestjs-reliable-kafka/testing';
import { statusGuard, Tx, typeormIdempotency, versionGuard } from 'nestjs-reliable-kafka/typeorm';
import { DataSource } from 'typeorm';
import type { DataSourceOptions, EntityManager } from 'typeorm';
import { pure } from '../../integration/nest/apps.js';
import type { Microservice } from '../../integration/nest/apps.js';
import type { DatabaseKind, TestDatabase } from '../databases.js';
import { Account, CLAIMED, CREATED, SENDING, SENT, smsSchema } from './guarded-rows.js';

interface Deposit {
  readonly id: number;
  readonly seq: number;
  readonly amount: number;
}

/** `statusGuard` and `versionGuard` before handlers of a Nest application, one record at a time. */
export function describeGuardedHandlers(kind: DatabaseKind): void {
  const Sms = smsSchema(kind);

  class Refused extends Error {}

  @Controller()
  class Handlers {
    readonly seen: RecordContext[] = [];

    @EventPattern<string>('deposits')
    @OrderedBy<Deposit>('id')
    @Idempotent(versionGuard(Account, { id: 'id', version: 'seq', mode: 'next', onMissing: 'insert' }))
    async deposit(@Payload() { id, amount }: Deposit, @Tx() transaction: EntityManager) {
      await transaction.increment(Account, { id }, 'balance', amount);
      if (amount < 0) throw new Refused();
    }

    @EventPattern<string>('notes')
    @OrderedBy<{ smsId: string }>('smsId')
    @Idempotent(statusGuard(Sms, { id: 'smsId', from: CREATED, to: SENDING, done: [SENT] }))
    async note(@Payload() { smsId }: { smsId: string }, @Tx() transaction: EntityManager): Promise<number> {
      await transaction.update(Sms, { id: smsId }, { note: 'noted' });
      return SENT;
    }

    @EventPattern<string>('submitted')
    @OrderedBy<{ smsId: string }>('smsId')
    @Idempotent(statusGuard(Sms, CLAIMED))
    async dispatch(
      @Payload() { fails }: { smsId: string; fails?: boolean },
      @Ctx() context: RecordContext,
    ): Promise<number> {
      this.seen.push(context);
      if (fails) throw new Refused();
      return SENT;
    }
  }

  @Controller()
  class Misnamed {
    @EventPattern<string>('submitted')
    @Idempotent(statusGuard(Sms, { ...CLAIMED, claim: { ...CLAIMED.claim, until: 'lease' as 'until' } }))
    async dispatch(): Promise<number> {
      return SENT;
    }
  }

  describe(`Handlers behind guards of rows on ${kind.name}`, () => {
    let database: TestDatabase;
    let dataSource: DataSource;
    let app: Microservice;

    beforeAll(async () => {
      database = await kind.make();
      const options = { ...database.options, entities: [Account, Sms], synchronize: true } as DataSourceOptions;
      dataSource = await new DataSource(options).initialize();
      app = await pure([Handlers], { options: { idempotency: [typeormIdempotency({ dataSource })] } });
    });
    afterAll(async () => {
      await app.close();
      await dataSource.destroy();
      await database.end();
    });

    it('versionGuard: run each version once, and write in its transaction', async () => {
      const deposit = (seq: number, amount: number) => deliver(app, 'deposits', { id: 1, seq, amount });
      expect(await deposit(2, 50)).toMatchObject({ kind: 'waiting', reason: 'premature' });
      expect(await deposit(1, -10)).toMatchObject({ kind: 'failed', error: expect.any(Refused) });
      expect(await dataSource.manager.count(Account)).toBe(0);
      expect(await deposit(1, 10)).toEqual({ kind: 'handled' });
      expect(await deposit(1, 10)).toEqual({ kind: 'duplicate' });
      expect(await deposit(2, 50)).toEqual({ kind: 'handled' });
      expect(await dataSource.manager.findOneBy(Account, { id: 1 })).toMatchObject({ balance: 60 });
    });

    it('versionGuard: hold a record without a version, since no attempt would find one', async () => {
      expect(await deliver(app, 'deposits', { id: 1 })).toMatchObject({ kind: 'failed', fatal: true });
    });

    it('statusGuard without claim: write the status that they return with their effects', async () => {
      await dataSource.manager.insert(Sms, { id: 'a', madeAt: new Date() });
      expect(await deliver(app, 'notes', { smsId: 'a' })).toEqual({ kind: 'handled' });
      expect(await deliver(app, 'notes', { smsId: 'a' })).toEqual({ kind: 'duplicate' });
      expect(await dataSource.manager.findOneBy(Sms, { id: 'a' })).toMatchObject({ status: SENT, note: 'noted' });
    });

    it('statusGuard with a claim: are told their fence, and whether somebody was at it before', async () => {
      await dataSource.manager.insert(Sms, { id: 'b', madeAt: new Date() });
      const { seen } = app.get(Handlers);
      expect(await deliver(app, 'submitted', { smsId: 'b', fails: true })).toMatchObject({ kind: 'failed' });
      expect(await deliver(app, 'submitted', { smsId: 'b' })).toEqual({ kind: 'handled' });
      expect(await deliver(app, 'submitted', { smsId: 'b' })).toEqual({ kind: 'duplicate' });
      expect(seen.map(({ fencingToken, recovered }) => [fencingToken, recovered])).toEqual([
        [1n, false],
        // Each delivery is a record of its own here: nobody knows that the one before it failed.
        [2n, true],
      ]);
    });

    it('do not start with names that the entity does not have', async () => {
      expect(await refusal(Misnamed, [typeormIdempotency({ dataSource: await other() })])).toContain(
        "Misnamed.dispatch @Idempotent(statusGuard): its claim.until names 'lease', and sms has no such column",
      );
    });

    it('do not start without a store', async () => {
      expect(await refusal(Handlers, [])).toContain(
        'Handlers.deposit @Idempotent(versionGuard): there is no store for it. Add typeormIdempotency()',
      );
    });

    async function refusal(controller: Type, idempotency: IdempotencyStore[]): Promise<string> {
      const refused = await pure([controller], { options: { idempotency } });
      try {
        return await refused.get(ReliableKafkaServer).handlers().then(String, String);
      } finally {
        await refused.close();
      }
    }

    const others: DataSource[] = [];
    afterAll(() => Promise.all(others.map((one) => one.destroy())));
    async function other(): Promise<DataSource> {
      const one = await new DataSource({ ...dataSource.options, synchronize: false } as DataSourceOptions).initialize();
      others.push(one);
      return one;
    }
  });
}
