import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { reliableKafkaMigrations, typeormIdempotency } from 'nestjs-reliable-kafka/typeorm';
import type { TypeormIdempotencyOptions } from 'nestjs-reliable-kafka/typeorm';
import { DataSource } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';
import type { DatabaseKind } from '../databases.js';
import { claim, log, newKey, StoreTest } from './stores.js';

/** What a store needs to be opened, and what it makes. */
export function describeStart(kind: DatabaseKind): void {
  describe(`opening a store on ${kind.name}`, () => {
    let setting: StoreTest;
    beforeAll(async () => {
      setting = await StoreTest.on(kind);
    });
    afterAll(() => setting.end());

    /** What is wrong with it; it is closed again. */
    async function problems(options: TypeormIdempotencyOptions, provided: unknown = setting.dataSource) {
      const store = typeormIdempotency(options);
      try {
        return await store.open({ resolve: (token) => provided ?? never(token), log });
      } finally {
        await store.close();
      }
    }

    it('the DataSource is the one that the application provides, by the class of TypeORM or by a token', async () => {
      const tokens: unknown[] = [];
      const resolve = (token: unknown) => {
        tokens.push(token);
        return setting.dataSource;
      };
      for (const dataSource of [undefined, 'second']) {
        const store = typeormIdempotency({ dataSource });
        expect(await store.open({ resolve, log })).toEqual([]);
        expect(store.dataSource).toBe(setting.dataSource);
        await store.close();
      }
      expect(tokens).toEqual(expect.arrayContaining([DataSource, 'second']));
    });

    it('an application without a DataSource', async () => {
      expect(await problems({}, null)).toEqual([
        expect.objectContaining({ where: 'typeormIdempotency() dataSource', what: expect.stringContaining('no such') }),
      ]);
    });

    it('a DataSource that is not initialized', async () => {
      const dataSource = new DataSource(setting.dataSource.options);
      expect(await problems({ dataSource, name: 'one' })).toEqual([
        expect.objectContaining({
          where: "typeormIdempotency({ name: 'one' }) dataSource",
          what: 'it is not initialized',
        }),
      ]);
    });

    it('tables that are missing are created, also by many processes at once', async () => {
      const own = await StoreTest.on(kind);
      const others = await Promise.all(Array.from({ length: 16 }, () => own.other()));
      const stores = await Promise.all(others.map((dataSource) => own.store({ dataSource })));
      expect((await claim(stores[0]!, newKey())).status).toBe('claimed');
      expect(await stores[1]!.nextFencingToken()).toBe(1n);
      await own.end();
    });

    it('where they are not to be created, the problem names the migrations; these create them, and take them away', async () => {
      const own = await StoreTest.on(kind, { migrations: reliableKafkaMigrations } as Partial<DataSourceOptions>);
      const { dataSource } = own;
      const isMissing = [expect.objectContaining({ remedy: expect.stringContaining('reliableKafkaMigrations') })];
      expect(await problems({ dataSource, createTables: false })).toEqual(isMissing);
      await dataSource.runMigrations();
      expect(await problems({ dataSource, createTables: false })).toEqual([]);
      for (const _ of reliableKafkaMigrations) await dataSource.undoLastMigration();
      expect(await problems({ dataSource, createTables: false })).toEqual(isMissing);
      await dataSource.runMigrations();
      await own.end();
    });

    it('a table of another shape is a problem, and is left alone', async () => {
      const own = await StoreTest.on(kind);
      await own.dataSource.query(`CREATE TABLE ${own.inbox} (id INTEGER)`);
      expect(await problems({ dataSource: own.dataSource })).toEqual([
        expect.objectContaining({ what: expect.stringContaining('its tables cannot be used') }),
      ]);
      await own.end();
    });

    it('synchronization of the schema leaves the tables alone', async () => {
      const own = await StoreTest.on(kind);
      const store = await own.store();
      const key = newKey();
      await claim(store, key);
      await own.dataSource.synchronize();
      expect((await claim(store, key)).status).toBe('done');
      await own.end();
    });

    it('options that make no sense are problems, all of them', async () => {
      const options = { lockTimeout: 0, acquireTimeout: Infinity, sweepEvery: 2 ** 31, colour: 'red' };
      expect((await problems(options)).map(({ what }) => what)).toEqual([
        "there is no option 'colour'",
        'its acquireTimeout is Infinity',
        'its lockTimeout is 0',
        'its sweepEvery is 2147483648',
      ]);
    });

    it('a TransactionHost that is not there, or serves another DataSource', async () => {
      const options = { dataSource: setting.dataSource, transactionHost: 'host' };
      expect(await problems(options, null)).toEqual([
        expect.objectContaining({ what: 'the application has no such provider' }),
      ]);
      expect(await problems(options, { tx: {} })).toEqual([
        expect.objectContaining({ what: 'it serves another DataSource' }),
      ]);
    });
  });
}

function never(token: unknown): never {
  throw new Error(`There is no provider ${String(token)}`);
}
