import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TypeormStore, TypeormTransaction } from 'nestjs-reliable-kafka/typeorm';
import { currentManager } from 'nestjs-reliable-kafka/typeorm';
import type { DataSourceOptions } from 'typeorm';
import { Barrier } from '../barrier.js';
import type { DatabaseKind } from '../databases.js';
import { claim, Effect, HOUR, newKey, StoreTest, transact } from './stores.js';

/** What a handler may do to its transaction, and what comes of it. */
export function describeTransactions(kind: DatabaseKind): void {
  describe(`transactions in ${kind.name}`, () => {
    let setting: StoreTest;
    let store: TypeormStore;
    beforeAll(async () => {
      // Whatever the application has chosen for its own transactions.
      setting = await StoreTest.on(kind, { isolationLevel: 'SERIALIZABLE' } as Partial<DataSourceOptions>);
      store = await setting.store();
    });
    afterAll(() => setting.end());

    /** Runs a handler under a claim, and commits. */
    function handle(key: ReturnType<typeof newKey>, handler: (transaction: TypeormTransaction) => Promise<unknown>) {
      return transact(store, async (transaction) => {
        await transaction.claim(key, HOUR);
        await transaction.within(() => handler(transaction));
        return { commit: true, value: undefined };
      });
    }

    async function isFree(key: ReturnType<typeof newKey>): Promise<boolean> {
      return (await claim(store, key)).status === 'claimed';
    }

    it('repositories, save() and nested transactions are part of it', async () => {
      const key = newKey();
      const failed = handle(key, async () => {
        const effects = currentManager().getRepository(Effect);
        await effects.save({ id: `saved ${key.scope}` });
        await currentManager().transaction((nested) => nested.insert(Effect, { id: `nested ${key.scope}` }));
        throw new Error('of the handler');
      });
      await expect(failed).rejects.toThrow('of the handler');
      expect((await setting.effects()).filter((id) => id.includes(key.scope))).toEqual([]);
      expect(await isFree(key)).toBe(true);
    });

    it('a nested transaction that fails takes its own writes with it only', async () => {
      const key = newKey();
      await handle(key, async () => {
        await currentManager().insert(Effect, { id: `kept ${key.scope}` });
        await currentManager()
          .transaction(async (nested) => {
            await nested.insert(Effect, { id: `gone ${key.scope}` });
            throw new Error('of the nested one');
          })
          .catch(() => undefined);
      });
      expect((await setting.effects()).filter((id) => id.includes(key.scope))).toEqual([`kept ${key.scope}`]);
    });

    it('a handler that leaves a nested transaction open fails, and nothing is kept', async () => {
      const key = newKey();
      const failed = handle(key, async () => {
        await currentManager().queryRunner!.startTransaction();
        await currentManager().insert(Effect, { id: key.scope });
      });
      await expect(failed).rejects.toThrow('did not end it');
      expect(await setting.effects()).not.toContain(key.scope);
      expect(await isFree(key)).toBe(true);
    });

    it.each(['commitTransaction', 'rollbackTransaction'] as const)('a handler cannot end it with %s', async (end) => {
      const key = newKey();
      const failed = handle(key, async () => {
        await currentManager().insert(Effect, { id: key.scope });
        await currentManager().queryRunner![end]();
      });
      await expect(failed).rejects.toThrow('by its guard');
      expect(await setting.effects()).not.toContain(key.scope);
      expect(await isFree(key)).toBe(true);
    });

    it('what a handler did not await cannot write any more, also while the next handler has the connection', async () => {
      const key = newKey();
      let late!: () => Promise<unknown>;
      await handle(key, async ({ manager }) => {
        late = () => manager.insert(Effect, { id: key.scope });
      });
      await expect(late()).rejects.toThrow(/over|released/);
      await handle(newKey(), () => expect(late()).rejects.toThrow(/over|released/));
      expect(await setting.effects()).not.toContain(key.scope);
    });

    it('what a handler left running finds no manager after its end', async () => {
      const ended = new Barrier();
      let late!: Promise<unknown>;
      await handle(newKey(), async () => {
        late = ended.passed.then(currentManager);
      });
      ended.open();
      await expect(late).rejects.toThrow('after the handler had ended');
    });

    it('other code finds no manager', () => {
      expect(currentManager).toThrow('@Idempotent(uniqueKey())');
    });

    it('leaves its connection as it was, committed or not', async () => {
      for (let i = 0; i < 30; i++) {
        const failed = handle(newKey(), () => Promise.reject(new Error('of the handler')));
        await expect(failed).rejects.toThrow('of the handler');
        await handle(newKey(), () => currentManager().insert(Effect, { id: newKey().scope }));
      }
      expect(await isFree(newKey())).toBe(true);
    });

    it('fencing tokens are not part of it', async () => {
      const before = await store.nextFencingToken();
      expect(await (await setting.elsewhere()).nextFencingToken()).toBeGreaterThan(before);
      expect(typeof before).toBe('bigint');
    });
  });
}
