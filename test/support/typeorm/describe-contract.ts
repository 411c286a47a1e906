import { afterAll, beforeAll, describe, test } from '@jest/globals';
import type { TypeormStore } from 'nestjs-reliable-kafka/typeorm';
import { currentManager } from 'nestjs-reliable-kafka/typeorm';
import { inboxStoreContract } from 'nestjs-reliable-kafka/testing';
import type { DatabaseKind } from '../databases.js';
import { Effect, fromOutside, StoreTest } from './stores.js';

/** The contract of stores, kept by the inbox in a database. */
export function describeContract(kind: DatabaseKind): void {
  describe(`the inbox in ${kind.name}`, () => {
    let setting: StoreTest;
    let store: TypeormStore;
    beforeAll(async () => {
      setting = await StoreTest.on(kind);
      store = await setting.store();
    });
    afterAll(() => setting.end());

    const subject = () => ({
      store,
      write: async (id: string) => void (await currentManager().insert(Effect, { id })),
      written: () => setting.effects(),
      failCommit: () => failCommit(setting),
    });
    test.each(inboxStoreContract(subject))('$name', ({ run }) => run());
  });
}

/** Ends the connection of the running handler. SQLite has no other to do it from: it is left with a constraint that is looked at by the COMMIT. */
async function failCommit({ dataSource }: StoreTest): Promise<void> {
  const manager = currentManager();
  switch (dataSource.options.type) {
    case 'postgres': {
      const [{ pid }] = await manager.query('SELECT pg_backend_pid() AS pid');
      return fromOutside(dataSource, `SELECT pg_terminate_backend(${pid})`);
    }
    case 'mariadb': {
      const [{ id }] = await manager.query('SELECT CONNECTION_ID() AS id');
      return fromOutside(dataSource, `KILL ${id}`);
    }
    default:
      await manager.query('CREATE TABLE IF NOT EXISTS late (id TEXT REFERENCES effect DEFERRABLE INITIALLY DEFERRED)');
      await manager.query("INSERT INTO late VALUES ('nobody')");
  }
}
