import { afterAll, afterEach, beforeAll, describe, expect, it, test } from '@jest/globals';
import { parkingStoreContract } from 'nestjs-reliable-kafka/testing';
import { reliableKafkaMigrations, type TypeormParkingOptions, typeormParking } from 'nestjs-reliable-kafka/typeorm';
import type { TypeormParkingStore } from 'nestjs-reliable-kafka/typeorm';
import type { DataSource, DataSourceOptions } from 'typeorm';
import {
  K,
  NOW,
  owned,
  parkedAt,
  recordsOf,
} from '../../../libs/reliable-kafka/src/testing/contracts/parking-subject.js';
import type { DatabaseKind, TestDatabase } from '../databases.js';
import { type Around, watchedDataSource } from './around-statements.js';
import { Barrier } from '../barrier.js';

/** Stores of parked keys on one database, each on a DataSource of its own: other processes, as far as the database knows. */
export class ParkingTest {
  private readonly ending: (() => Promise<unknown>)[] = [];

  private constructor(readonly database: TestDatabase) {}

  static async on(kind: DatabaseKind): Promise<ParkingTest> {
    return new ParkingTest(await kind.make());
  }

  async dataSource(more: Partial<DataSourceOptions> = {}, around: Around = (_, send) => send()): Promise<DataSource> {
    const dataSource = watchedDataSource({ ...this.database.options, ...more } as DataSourceOptions, around);
    await dataSource.initialize();
    this.ending.push(() => dataSource.destroy());
    return dataSource;
  }

  /** Opened; rejects with what is wrong with it. */
  async store(options: TypeormParkingOptions = {}): Promise<TypeormParkingStore> {
    const store = typeormParking({ dataSource: await this.dataSource(), ...options });
    const problems = await store.open({ resolve: nothing, log });
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    this.ending.push(() => store.close());
    return store;
  }

  async end(): Promise<void> {
    for (const end of this.ending.toReversed()) await end();
    await this.database.end();
  }
}

export function describeParking(kind: DatabaseKind): void {
  describe(`Parked keys in ${kind.name}`, () => {
    let setting: ParkingTest;
    let store: TypeormParkingStore;
    let elsewhere: TypeormParkingStore;
    let around: Around | undefined;

    beforeAll(async () => {
      setting = await ParkingTest.on(kind);
      const watched = await setting.dataSource({}, (text, send) => (around ? around(text, send) : send()));
      store = await setting.store({ dataSource: watched });
      elsewhere = await setting.store();
    });
    afterEach(() => {
      around = undefined;
    });
    afterAll(() => setting.end());

    test.each(parkingStoreContract(() => ({ store })))('$name', ({ run }) => run());

    it('are seen, refused and taken over across processes', async () => {
      const owner = await owned(store);
      await store.park(owner, K, [parkedAt(5n, owner)], NOW);
      const { owner: heir, keys } = await elsewhere.takeOver(owner, 0n);
      expect(keys).toEqual([{ ...K, records: 1 }]);
      await expect(store.park(owner, K, [parkedAt(6n, owner)], NOW)).rejects.toMatchObject({
        name: 'ParkingFencedError',
      });
      expect(await elsewhere.park(heir, K, [parkedAt(6n, owner)], NOW)).toBe(2);
    });

    it('are those of one owner or the other when two processes transact at once, never a mixture', async () => {
      const owner = await owned(store);
      const results = await Promise.allSettled([
        ...Array.from({ length: 20 }, (_, i) => store.park(owner, K, [parkedAt(BigInt(i), owner)], NOW)),
        elsewhere.takeOver(owner, 0n),
      ]);
      const parked = results.slice(0, -1).filter(({ status }) => status === 'fulfilled').length;
      const { value } = results.at(-1) as PromiseFulfilledResult<{ keys: readonly { records: number }[] }>;
      expect(value.keys[0]?.records ?? 0).toBe(parked);
      expect((await recordsOf(store, owner, K)) ?? 0).toBe(parked);
    });

    it('share a transaction when they come together: one round of the lock, and of the commit, for many', async () => {
      const owner = await owned(store);
      const sent: string[] = [];
      around = (text, send) => {
        sent.push(text);
        return send();
      };
      await Promise.all(Array.from({ length: 50 }, (_, i) => store.park(owner, K, [parkedAt(BigInt(i), owner)], NOW)));
      expect(sent.filter((text) => text.endsWith('COMMIT')).length).toBeLessThanOrEqual(2);
    });

    it('are found at a start that has the tables, made by migrations or by an earlier start', async () => {
      const own = await ParkingTest.on(kind);
      try {
        await expect(own.store({ createTables: false })).rejects.toThrow('its tables cannot be used');
        const migrated = await own.dataSource({ migrations: reliableKafkaMigrations, migrationsRun: true });
        await owned(await own.store({ createTables: false, dataSource: migrated }));
        await migrated.undoLastMigration();
        await Promise.all([own.store(), own.store()]);
      } finally {
        await own.end();
      }
    });

    it('name every option that makes no sense', async () => {
      const wrong = typeormParking({ lookEvery: 0, lockTimeout: Number.NaN, every: 1 } as TypeormParkingOptions);
      const problems = await wrong.open({ resolve: nothing, log });
      expect(problems.map(({ what }) => what)).toEqual([
        expect.stringContaining("'every'"),
        expect.stringContaining('lookEvery'),
        expect.stringContaining('lockTimeout'),
      ]);
    });

    it('are not parked by an owner that stalls between two statements while another takes over', async () => {
      const owner = await owned(store);
      const stalled = new Barrier();
      const goOn = new Barrier();
      around = async (text, send) => {
        if (/^(BEGIN|START TRANSACTION)/.test(text)) {
          stalled.open();
          await goOn.passed;
        }
        return send();
      };
      const late = store.park(owner, K, [parkedAt(10n, owner)], NOW);
      await stalled.passed;
      const { owner: heir } = await elsewhere.takeOver(owner, 0n);
      goOn.open();
      await expect(late).rejects.toMatchObject({ name: 'ParkingFencedError' });
      expect(await elsewhere.due([heir], 10)).toEqual([]);
    });
  });
}

const log = { log() {}, warn() {}, error() {} };

function nothing(): never {
  throw new Error('There is no such provider');
}
