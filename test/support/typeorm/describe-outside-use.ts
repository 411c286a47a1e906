import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TypeormStore } from 'nestjs-reliable-kafka/typeorm';
import { OutsideTransactionError } from 'nestjs-reliable-kafka/typeorm';
import { BaseEntity, Column, Entity, PrimaryColumn } from 'typeorm';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { Barrier } from '../barrier.js';
import type { DatabaseKind } from '../databases.js';
import { claim, Effect, HOUR, newKey, StoreTest, transact } from './stores.js';

@Entity()
class ActiveEffect extends BaseEntity {
  @PrimaryColumn('varchar', { length: 200 })
  id: string;

  @Column('int', { default: 0 })
  count: number;
}

const USES: Record<string, (dataSource: DataSource, id: string) => Promise<unknown>> = {
  'a repository that was injected': (dataSource, id) => dataSource.getRepository(Effect).insert({ id }),
  'its manager': (dataSource, id) => dataSource.manager.save(Effect, { id }),
  'a query builder': (dataSource, id) => dataSource.createQueryBuilder().insert().into(Effect).values({ id }).execute(),
  'a query that only reads': (dataSource) => dataSource.getRepository(Effect).count(),
  SQL: (dataSource) => dataSource.query('SELECT 1'),
  'a transaction of its own': (dataSource, id) => dataSource.transaction((other) => other.insert(Effect, { id })),
  'an active record': (_dataSource, id) => ActiveEffect.insert({ id }),
};

/** The DataSource of a handler's transaction, used beside it. */
export function describeOutsideUse(kind: DatabaseKind): void {
  describe(`use of the DataSource outside of the transaction, in ${kind.name}`, () => {
    let setting: StoreTest;
    let store: TypeormStore;
    beforeAll(async () => {
      setting = await StoreTest.on(kind, { entities: [Effect, ActiveEffect] } as Partial<DataSourceOptions>);
      store = await setting.store();
    });
    afterAll(() => setting.end());

    const handle = (key: ReturnType<typeof newKey>, handler: () => Promise<unknown>) =>
      transact(store, async (transaction) => {
        await transaction.claim(key, HOUR);
        await transaction.within(handler);
        return { commit: true, value: undefined };
      });

    it.each(Object.keys(USES))('%s throws, names the remedy, and leaves nothing', async (use) => {
      const key = newKey();
      const failed = handle(key, () => USES[use]!(setting.dataSource, key.scope));
      await expect(failed).rejects.toThrow(OutsideTransactionError);
      await expect(failed).rejects.toThrow(/@Tx\(\).*currentManager\(\)/);
      expect(await setting.effects()).not.toContain(key.scope);
      expect((await claim(store, key)).status).toBe('claimed');
    });

    it.each(Object.keys(USES))('%s is free to everybody else, also while a handler runs', async (use) => {
      const running = new Barrier();
      const end = new Barrier();
      const handling = handle(newKey(), async () => {
        running.open();
        await end.passed;
      });
      await running.passed;
      const reads = ['a query that only reads', 'SQL'].includes(use);
      // SQLite has one writer: the others wait until the handler has ended.
      if (kind.name === 'SQLite' && !reads) end.open();
      if (kind.name === 'SQLite' && !reads) await handling;
      await USES[use]!(setting.dataSource, newKey().scope);
      end.open();
      await handling;
    });

    it('is free to what a handler left running, once the handler has ended', async () => {
      const ended = new Barrier();
      let late!: Promise<unknown>;
      await handle(newKey(), async () => {
        late = ended.passed.then(() => setting.dataSource.getRepository(Effect).count());
      });
      ended.open();
      expect(await late).toEqual(expect.any(Number));
    });

    it('is free to everybody once the store is closed', async () => {
      const own = await StoreTest.on(kind);
      const { createQueryRunner } = own.dataSource;
      const closing = await own.store();
      expect(own.dataSource.createQueryRunner).not.toBe(createQueryRunner);
      await closing.close();
      expect(own.dataSource.createQueryRunner).toBe(createQueryRunner);
      await own.end();
    });

    it('hundreds of handlers that read through an injected repository fail at once, and none waits for another', async () => {
      const answers = await Promise.allSettled(
        Array.from({ length: 256 }, () => handle(newKey(), () => setting.dataSource.getRepository(Effect).count())),
      );
      const reasons = answers.map((answer) => answer.status === 'rejected' && answer.reason.name);
      expect(new Set(reasons)).toEqual(new Set(['OutsideTransactionError']));
    });
  });
}
