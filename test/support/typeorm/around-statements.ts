import { DataSource } from 'typeorm';
import type { DataSourceOptions, QueryRunner } from 'typeorm';

/** Stands around each statement that a DataSource sends. */
export type Around = (sql: string, send: () => Promise<unknown>) => Promise<unknown>;

/** To be set before a store opens. Not for SQLite, where stores have a connection of their own. */
export function aroundStatements(dataSource: DataSource, around: Around): void {
  const create = dataSource.createQueryRunner;
  dataSource.createQueryRunner = (...mode) => {
    const runner = create.apply(dataSource, mode);
    const query = runner.query.bind(runner) as (...args: unknown[]) => Promise<unknown>;
    runner.query = ((...args: unknown[]) => around(String(args[0]), () => query(...args))) as QueryRunner['query'];
    return runner;
  };
}

/** A DataSource whose every statement, and every one of those that stores open beside it, comes by `around`. */
export function watchedDataSource(options: DataSourceOptions, around: Around): DataSource {
  class Watched extends DataSource {
    override createQueryRunner(...mode: Parameters<DataSource['createQueryRunner']>): QueryRunner {
      const runner = super.createQueryRunner(...mode);
      const query = runner.query.bind(runner) as (...args: unknown[]) => Promise<unknown>;
      runner.query = ((...args: unknown[]) => around(String(args[0]), () => query(...args))) as QueryRunner['query'];
      return runner;
    }
  }
  return new Watched(options);
}

/** Lets the database do the first COMMIT after `begin()`, and loses its answer. */
export function losingOneCommit(): { begin(): void; around: Around } {
  let isOn = false;
  return {
    begin: () => void (isOn = true),
    around: async (sql, send) => {
      const answer = await send();
      if (!isOn || !sql.endsWith('COMMIT')) return answer;
      isOn = false;
      throw new Error('The connection was lost before the answer came');
    },
  };
}

/** Does something before the `n`th UPDATE that comes after `begin()`. */
export function beforeUpdate(n: number, work: () => Promise<unknown>): { begin(): void; around: Around } {
  let count = Number.NaN;
  return {
    begin: () => void (count = 0),
    around: async (sql, send) => {
      if (sql.startsWith('UPDATE') && ++count === n) await work();
      return send();
    },
  };
}
