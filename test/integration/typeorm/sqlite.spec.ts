import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TypeormStore } from 'nestjs-reliable-kafka/typeorm';
import { currentManager, typeormIdempotency } from 'nestjs-reliable-kafka/typeorm';
import { BaseEntity, Entity, EventSubscriber, PrimaryColumn } from 'typeorm';
import type { DataSourceOptions, EntitySubscriberInterface, InsertEvent } from 'typeorm';
import { sqliteKind } from '../../support/databases.js';
import { claim, Effect, holding, HOUR, log, newKey, StoreTest, transact } from '../../support/typeorm/stores.js';

@Entity()
class ActiveEffect extends BaseEntity {
  @PrimaryColumn('varchar')
  id: string;
}

const inserted: string[] = [];

@EventSubscriber()
class Watching implements EntitySubscriberInterface {
  afterInsert({ entity }: InsertEvent<{ id: string }>): void {
    inserted.push(entity.id);
  }
}

describe('a file of SQLite', () => {
  let setting: StoreTest;
  let store: TypeormStore;
  beforeEach(async () => {
    setting = await StoreTest.on(sqliteKind, {
      entities: [Effect, ActiveEffect],
      subscribers: [Watching],
      timeout: 0,
    } as Partial<DataSourceOptions>);
    store = await setting.store({ lockTimeout: 200 });
  });
  afterEach(() => setting.end());

  const handle = (key: ReturnType<typeof newKey>, handler: () => Promise<unknown>) =>
    transact(store, async (transaction) => {
      await transaction.claim(key, HOUR);
      await transaction.within(handler);
      return { commit: true, value: undefined };
    });

  it('entities with decorators, saved through the manager of the transaction, and the subscribers of the application', async () => {
    await handle(newKey(), async () => {
      await currentManager().save(ActiveEffect.create({ id: 'active' }));
      await currentManager().getRepository(ActiveEffect).findOneByOrFail({ id: 'active' });
    });
    expect(inserted).toContain('active');
    // Active records still belong to the application's own connection.
    expect(await ActiveEffect.count()).toBe(1);
    expect(ActiveEffect.getRepository().manager).toBe(setting.dataSource.manager);
  });

  it('a write of the application beside a transaction is refused, and neither lost with its rollback nor kept by its commit', async () => {
    const letGo = await holding(store, ({ manager }) => manager.insert(Effect, { id: 'of a handler' }));
    const effects = setting.dataSource.getRepository(Effect);
    await expect(effects.insert({ id: 'of a request' })).rejects.toThrow('database is locked');
    await letGo(false);
    await effects.insert({ id: 'of a request' });
    expect(await setting.effects()).toEqual(['of a request']);
  });

  it('an application that would stop the whole process while it waits for a transaction is told so', async () => {
    const warnings: string[] = [];
    const own = await StoreTest.on(sqliteKind);
    const patient = typeormIdempotency({ dataSource: own.dataSource });
    await patient.open({ resolve: () => undefined, log: { ...log, warn: (message) => warnings.push(message) } });
    expect(warnings).toEqual([expect.stringContaining('`timeout: 0`')]);
    await patient.close();
    await own.end();
  });

  it('whoever holds the lock is waited for without stopping the process', async () => {
    const other = await setting.elsewhere();
    const letGo = await holding(other, (transaction) => transaction.claim(newKey(), HOUR));
    const waiting = claim(store, newKey());
    // In a process that stands still the lock is let go only after the wait for it has failed.
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
    await letGo(true);
    expect(await waiting).toEqual({ status: 'claimed' });
  });

  it('a transaction has the lock for writing from its beginning', async () => {
    const letGo = await holding(store, async () => undefined);
    expect((await claim(await setting.elsewhere({ lockTimeout: 20 }), newKey())).status).toBe('busy');
    await letGo(true);
  });

  it('a transaction that could not begin tells whoever asks for its manager why', async () => {
    const letGo = await holding(await setting.elsewhere(), async () => undefined);
    const failed = transact(store, async ({ manager }) => ({ commit: true, value: manager }));
    const error = await failed.catch((error: unknown) => error);
    expect(store.dialect.isConflict(error)).toBe(true);
    await letGo(true);
  });

  it('a transaction that could not begin claims nothing, though the lock has come free since', async () => {
    const key = newKey();
    const letGo = await holding(await setting.elsewhere(), async () => undefined);
    const answer = await transact(store, async (transaction) => {
      await letGo(true);
      return { commit: false, value: await transaction.claim(key, HOUR) };
    });
    expect(answer.status).toBe('busy');
    expect((await claim(store, key)).status).toBe('claimed');
  });

  it('a manager that was kept does not reach into the next transaction', async () => {
    let kept!: ReturnType<typeof currentManager>;
    await handle(newKey(), async () => {
      kept = currentManager();
    });
    await handle(newKey(), async () => {
      await expect(kept.insert(Effect, { id: 'late' })).rejects.toThrow(/over|released/);
    });
    await expect(kept.insert(Effect, { id: 'late' })).rejects.toThrow(/over|released/);
    expect(await setting.effects()).toEqual([]);
  });

  it('has one place for handlers', () => {
    expect([store.capacity.tryTake(), store.capacity.tryTake()]).toEqual([true, false]);
    store.capacity.release();
  });
});
