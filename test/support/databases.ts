import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';
import { realServices } from '../services/index.js';

/** A place of its own in a database, for one test or one file. */
export interface TestDatabase {
  readonly options: DataSourceOptions;
  /** Removes it. */
  end(): Promise<void>;
}

export interface DatabaseKind {
  readonly name: string;
  make(): Promise<TestDatabase>;
}

const { postgres, mariadb } = realServices();

/** A schema of its own, so that the option `schema` is tested by the way. */
export const postgresKind: DatabaseKind = {
  name: 'PostgreSQL',
  async make() {
    const schema = newName();
    const { host, port, user: username, password, database } = postgres;
    const options: DataSourceOptions = { type: 'postgres', host, port, username, password, database, schema };
    await once({ ...options, schema: 'public' }, `CREATE SCHEMA ${schema}`);
    return { options, end: () => once({ ...options, schema: 'public' }, `DROP SCHEMA ${schema} CASCADE`) };
  },
};

export const mariadbKind: DatabaseKind = {
  name: 'MariaDB',
  async make() {
    const database = newName();
    const { host, port, user: username, password } = mariadb;
    const options: DataSourceOptions = { type: 'mariadb', host, port, username, password, database };
    const anywhere = { ...options, database: mariadb.database };
    await once(anywhere, `CREATE DATABASE ${database}`);
    return { options, end: () => once(anywhere, `DROP DATABASE ${database}`) };
  },
};

/** A file. better-sqlite3 is not among the packages of the root: TypeORM is given what is loaded from `test/extras`. */
export const sqliteKind: DatabaseKind = {
  name: 'SQLite',
  async make() {
    const folder = await mkdtemp(join(tmpdir(), 'reliable-kafka-sqlite-'));
    const driver: unknown = createRequire(import.meta.url)('../extras/node_modules/better-sqlite3');
    return {
      options: { type: 'better-sqlite3', database: join(folder, 'test.db'), driver, enableWAL: true },
      end: () => rm(folder, { recursive: true }),
    };
  },
};

export const realDatabases = [postgresKind, mariadbKind];

function newName(): string {
  return `test_${randomBytes(6).toString('hex')}`;
}

async function once(options: DataSourceOptions, sql: string): Promise<void> {
  const dataSource = await new DataSource(options).initialize();
  try {
    await dataSource.query(sql);
  } finally {
    await dataSource.destroy();
  }
}
