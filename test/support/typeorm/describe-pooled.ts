import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TypeormStore, TypeormTransaction } from 'nestjs-reliable-kafka/typeorm';
import { currentManager, NoConnectionError } from 'nestjs-reliable-kafka/typeorm';
import { AbstractLogger } from 'typeorm';
import type { DataSourceOptions, EntityManager } from 'typeorm';
import { Barrier } from '../barrier.js';
import type { DatabaseKind } from '../databases.js';
import { TcpProxy } from '../tcp-proxy.js';
import { claim, Effect, HOUR, newKey, StoreTest, transact } from './stores.js';

/** What is different where a server has the data, and a pool the connections. */
export function describePooled(kind: DatabaseKind): void {
  const isPostgres = kind.name === 'PostgreSQL';

  describe(`a pool of connections to ${kind.name}`, () => {
    let setting: StoreTest;
    let store: TypeormStore;
    beforeAll(async () => {
      // A server may have another isolation by default.
      const extra = isPostgres ? { options: '-c default_transaction_isolation=serializable' } : {};
      setting = await StoreTest.on(kind, { poolSize: 4, extra } as Partial<DataSourceOptions>);
      store = await setting.store({ acquireTimeout: 200 });
    });
    afterAll(() => setting.end());

    const handle = (key: ReturnType<typeof newKey>, handler: (transaction: TypeormTransaction) => Promise<unknown>) =>
      transact(store, async (transaction) => {
        await transaction.claim(key, HOUR);
        await transaction.within(() => handler(transaction));
        return { commit: true, value: undefined };
      });
    const isFree = async (key: ReturnType<typeof newKey>) => (await claim(store, key)).status === 'claimed';

    it('leaves a part of it to others', () => {
      const places = Array.from({ length: 4 }, () => store.capacity.tryTake());
      expect(places).toEqual([true, true, true, false]);
      for (let i = 0; i < 3; i++) store.capacity.release();
    });

    it('a connection that does not come in time is an error, and goes back when it comes', async () => {
      const runners = Array.from({ length: 4 }, () => setting.dataSource.createQueryRunner());
      for (const runner of runners) await runner.connect();
      await expect(claim(store, newKey())).rejects.toThrow(NoConnectionError);
      await expect(claim(store, newKey())).rejects.toThrow('typeormIdempotency({ reserve })');
      for (const runner of runners) await runner.release();
      const again = Array.from({ length: 4 }, () => setting.dataSource.createQueryRunner());
      for (const runner of again) await runner.connect();
      for (const runner of again) await runner.release();
      expect(await isFree(newKey())).toBe(true);
    });

    it('a handler sees what others have committed since it began', async () => {
      const key = newKey();
      await handle(key, async () => {
        const count = () => currentManager().countBy(Effect, { id: key.scope });
        expect(await count()).toBe(0);
        const other = await setting.other();
        await other.getRepository(Effect).insert({ id: key.scope });
        expect(await count()).toBe(1);
      });
    });

    it('limits of a transaction end with it', async () => {
      const settings = async (manager: EntityManager) => {
        const [row] = await manager.query(
          isPostgres
            ? "SELECT current_setting('lock_timeout') AS a, current_setting('idle_in_transaction_session_timeout') AS b, pg_backend_pid() AS id"
            : 'SELECT @@innodb_lock_wait_timeout AS a, @@wait_timeout AS b, CONNECTION_ID() AS id',
        );
        return row as { a: unknown; b: unknown; id: number };
      };
      const before = await settings(setting.dataSource.manager);
      let inside!: typeof before;
      await handle(newKey(), async ({ manager }) => (inside = await settings(manager)));
      expect([String(inside.a), String(inside.b)]).toEqual(isPostgres ? ['5s', '1min'] : ['5', '60']);
      const runners = Array.from({ length: 4 }, () => setting.dataSource.createQueryRunner());
      for (const { manager } of runners) {
        const after = await settings(manager);
        expect([after.a, after.b]).toEqual([before.a, before.b]);
      }
      for (const runner of runners) await runner.release();
    });

    it('a handler that stands still for too long loses its transaction to the next one', async () => {
      const key = newKey();
      const idle = await setting.store({ name: 'idle', idleTimeout: isPostgres ? 100 : 1000 });
      const claimed = new Barrier();
      const free = new Barrier();
      const failed = transact(idle, async (transaction) => {
        await transaction.claim(key, HOUR);
        claimed.open();
        await free.passed;
        return { commit: true, value: undefined };
      });
      await claimed.passed;
      expect(await isFree(key)).toBe(true);
      free.open();
      await expect(failed).rejects.toThrow(Error);
      expect((await claim(idle, key)).status).toBe('done');
    });

    it('what a handler did not await is not written beside the transaction while the COMMIT is under way', async () => {
      const key = newKey();
      const committing = new Barrier();
      const logger = new (class extends AbstractLogger {
        override logQuery(sql: string) {
          if (/\bCOMMIT\b/.test(sql)) committing.open();
        }
        protected writeLog() {}
      })();
      const dataSource = await setting.other({ logger, logging: true } as Partial<DataSourceOptions>);
      let late!: Promise<unknown>;
      await transact(await setting.store({ dataSource }), async ({ manager }) => {
        late = committing.passed.then(() => manager.insert(Effect, { id: key.scope }));
        late.catch(() => undefined);
        return { commit: true, value: undefined };
      });
      await expect(late).rejects.toThrow('Await everything that the handler starts');
      expect(await setting.effects()).not.toContain(key.scope);
    });

    it('a COMMIT whose answer is lost rejects, and the redelivery finds the row', async () => {
      const { port } = setting.database.options as { port: number };
      await using proxy = await TcpProxy.start(port);
      const through = await setting.store({
        dataSource: await setting.other({ port: proxy.port } as Partial<DataSourceOptions>),
      });
      const key = newKey();
      let dropped!: Promise<void>;
      const failed = transact(through, async (transaction) => {
        await transaction.claim(key, HOUR);
        await transaction.within(() => currentManager().insert(Effect, { id: key.scope }));
        dropped = proxy.dropNextReply();
        return { commit: true, value: undefined };
      });
      await expect(failed).rejects.toThrow(Error);
      await dropped;
      expect((await claim(through, key)).status).toBe('done');
      expect(await setting.effects()).toContain(key.scope);
    });

    it('a statement that failed, and whose error the handler has swallowed, is not taken for a committed transaction', async () => {
      const key = newKey();
      await handle(newKey(), () => currentManager().insert(Effect, { id: `taken ${key.scope}` }));
      const result = handle(key, async () => {
        await currentManager().insert(Effect, { id: key.scope });
        await currentManager()
          .insert(Effect, { id: `taken ${key.scope}` })
          .catch(() => undefined);
      });
      // PostgreSQL gives up the transaction, MySQL the statement.
      expect(
        await result.then(
          () => 'committed',
          () => 'failed',
        ),
      ).toBe(isPostgres ? 'failed' : 'committed');
      expect((await setting.effects()).includes(key.scope)).toBe(!isPostgres);
      expect(await isFree(key)).toBe(isPostgres);
    });

    it('nor in a batch, where it costs its record the effects, and no other', async () => {
      const [first, second] = [newKey(), newKey()];
      await handle(newKey(), () => currentManager().insert(Effect, { id: `taken ${first.scope}` }));
      const batch = transact(store, async (transaction) => {
        await transaction.claimAll([first, second], HOUR);
        const handled = (handler: () => Promise<unknown>) =>
          transaction.savepoint(() =>
            transaction.within(handler).then(
              () => ({ commit: true, value: undefined }),
              () => ({ commit: false, value: undefined }),
            ),
          );
        const swallowing = handled(async () => {
          await currentManager().insert(Effect, { id: first.scope });
          await currentManager()
            .insert(Effect, { id: `taken ${first.scope}` })
            .catch(() => undefined);
        });
        const failure = await swallowing.catch((error: Error) => error.name);
        await handled(() => currentManager().insert(Effect, { id: second.scope }));
        return { commit: true, value: failure };
      });
      expect(await batch).toBe(isPostgres ? 'TransactionBrokenError' : undefined);
      expect((await setting.effects()).includes(first.scope)).toBe(!isPostgres);
      expect(await setting.effects()).toContain(second.scope);
    });

    it('a deadlock that the handler has swallowed is not taken for a committed transaction', async () => {
      const [one, other] = [newKey(), newKey()];
      for (const { scope } of [one, other])
        await handle(newKey(), () => currentManager().insert(Effect, { id: scope }));
      const both = [new Barrier(), new Barrier()];
      const touch = (id: string) =>
        currentManager().query(`UPDATE ${setting.table('effect')} SET id = id WHERE id = '${id}'`);
      const cross = (key: typeof one, first: string, then: string, mine: Barrier, theirs: Barrier) =>
        handle(key, async () => {
          await currentManager().insert(Effect, { id: `effect of ${key.scope}` });
          await touch(first);
          mine.open();
          await theirs.passed;
          await touch(then).catch(() => undefined);
          await currentManager()
            .insert(Effect, { id: `later effect of ${key.scope}` })
            .catch(() => undefined);
        });
      const answers = await Promise.allSettled([
        cross(one, one.scope, other.scope, both[0]!, both[1]!),
        cross(other, other.scope, one.scope, both[1]!, both[0]!),
      ]);
      expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const loser = answers[0]!.status === 'rejected' ? one : other;
      expect((await setting.effects()).filter((id) => id.endsWith(`of ${loser.scope}`))).toEqual([]);
      expect(await isFree(loser)).toBe(true);
    });

    it('claims that are in each other’s way are busy, and rolled back', async () => {
      const key = newKey();
      const others = await setting.elsewhere();
      const claimed = new Barrier();
      const end = new Barrier();
      const holder = transact(others, async (transaction) => {
        await transaction.claim(key, HOUR);
        claimed.open();
        await end.passed;
        return { commit: false, value: undefined };
      });
      await claimed.passed;
      const waiters = [claim(store, key), claim(store, key)];
      await sleep(100); // until both wait: which of them does so first is the database's affair
      end.open();
      await holder;
      const statuses = (await Promise.all(waiters)).map(({ status }) => status).sort();
      // MariaDB finds a deadlock among those who wait for a row that is rolled back.
      expect(statuses).toEqual(
        isPostgres
          ? ['claimed', 'done']
          : [expect.stringMatching(/busy|claimed/), expect.stringMatching(/claimed|done/)],
      );
    });
  });
}
