import type { EntityManager } from 'typeorm';
import type { TypeormStore } from './typeorm-store.js';

/** Runs statements that are not to be undone: when it resolves, they are committed. */
export type Committed = <T>(work: (manager: EntityManager) => Promise<T>) => Promise<T>;

/**
 * Outside of transactions, one connection for a moment, and of the server that takes writes. In SQLite the connection of the application is everybody's:
 * whoever has a transaction open on it could roll the statement back with it, so that there it is a transaction of our own.
 */
export function committedBy(store: TypeormStore): Committed {
  if (store.dialect.name === 'sqlite')
    return (work) => store.transaction(async ({ manager }) => ({ commit: true, value: await work(manager) }));
  return async (work) => {
    const runner = store.dataSource.createQueryRunner('master');
    try {
      return await work(runner.manager);
    } finally {
      await runner.release();
    }
  };
}
