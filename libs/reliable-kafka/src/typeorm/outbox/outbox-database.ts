import type { DataSource, QueryRunner } from 'typeorm';
import type { StoreContext } from '../../contracts/index.js';
import type { Connections } from '../connections.js';
import { dataSourceFor } from '../data-source.js';
import type { Dialect, Query } from '../dialect.js';
import { OwnPool } from '../own-pool.js';
import { SqliteConnection } from '../sqlite-connection.js';
import { ensureTables } from '../tables.js';
import type { SettledOutboxOptions } from './options.js';
import { OUTBOX } from './options.js';
import { ensureSlots } from './slots.js';
import type { OutboxTableNames } from './tables.js';
import { outboxTableNames, outboxTables } from './tables.js';

const TIMEOUTS = { acquire: 10_000, lock: 5_000 };

/** The tables of the outbox, over few connections of its own: what is published takes none of the application's. */
export class OutboxDatabase {
  private constructor(
    readonly dataSource: DataSource,
    readonly dialect: Dialect,
    readonly tables: OutboxTableNames,
    private readonly connections: Connections,
  ) {}

  /** Throws a ConfigurationError; rejects with the database's own error when it does not answer. */
  static async open(options: SettledOutboxOptions, context: Pick<StoreContext, 'resolve'>): Promise<OutboxDatabase> {
    const [dataSource, dialect] = dataSourceFor(options.dataSource, OUTBOX, context);
    const tables = outboxTableNames(dataSource, dialect);
    const connections =
      dialect.name === 'sqlite'
        ? await SqliteConnection.open(dataSource, TIMEOUTS)
        : new OwnPool(dataSource, dialect.name, TIMEOUTS.acquire);
    const database = new OutboxDatabase(dataSource, dialect, tables, connections);
    try {
      await database.withQuery(async (query) => {
        await ensureTables(query, outboxTables(tables, dialect), dialect, OUTBOX, options.createTables);
        await ensureSlots(query, tables, dialect, options.slots);
      });
      return database;
    } catch (error) {
      await connections.close();
      throw error;
    }
  }

  readonly withQuery = <T>(work: (query: Query) => Promise<T>): Promise<T> =>
    this.withRunner((runner) => work(queryOf(runner)));

  /** Commits when `work` resolves. */
  transaction<T>(work: (query: Query, runner: QueryRunner) => Promise<T>): Promise<T> {
    return this.withRunner(async (runner) => {
      await runner.startTransaction();
      try {
        const result = await work(queryOf(runner), runner);
        await runner.commitTransaction();
        return result;
      } catch (error) {
        await runner.rollbackTransaction().catch(() => undefined);
        throw error;
      }
    });
  }

  close(): Promise<void> {
    return this.connections.close();
  }

  private async withRunner<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const { runner, release } = await this.connections.acquire();
    try {
      return await work(runner);
    } finally {
      await runner.release();
      release();
    }
  }
}

export function queryOf(runner: QueryRunner): Query {
  return (sql, parameters) => runner.query(sql, parameters as any[], true);
}
