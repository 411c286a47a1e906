import { createRequire } from 'node:module';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { type DatabaseKind, mariadbKind, postgresKind, sqliteKind } from '../databases.js';
import { ENTITIES } from './entities.js';

export const DATABASES = ['postgres', 'mariadb', 'sqlite'] as const;
export type DatabaseName = (typeof DATABASES)[number];

const KINDS: Record<DatabaseName, DatabaseKind> = { postgres: postgresKind, mariadb: mariadbKind, sqlite: sqliteKind };

/** Where guards remember and handlers write. Everything is plain, so that another process stands on the same ground. */
export interface Ground {
  /** Absent: Redis alone. */
  readonly database?: DatabaseName;
  /** How to get to it, but for what cannot be told to another process. */
  readonly options?: DataSourceOptions;
  /** Of this ground alone: names its connections, its group and its keys in Redis. */
  readonly space: string;
  /** The address of Redis. Absent: there is none. */
  readonly redis?: string;
  /** The port of the receiver. */
  readonly receiver: number;
  /** What each new connection is told first: isolation levels and the like. */
  readonly session?: readonly string[];
  /** MySQL's client counts the rows that matched, unless it is told to count those that changed. */
  readonly countsChangedRows?: boolean;
  /** Connections at most. */
  readonly poolSize?: number;
}

/** A place in a database, and how to take it away again. */
export async function makePlace(database: DatabaseName) {
  const { options, end } = await KINDS[database].make();
  const { driver: _, ...plain } = options as { driver?: unknown } & DataSourceOptions;
  return { options: plain as DataSourceOptions, end };
}

/** A DataSource on a ground, connected: a pool of its own each time. */
export async function connected({ options, space, session, countsChangedRows, poolSize = 12 }: Ground) {
  const dataSource = new DataSource({
    ...options,
    entities: ENTITIES,
    poolSize,
    ...(options?.type === 'postgres' && { applicationName: space }),
    // Whoever waits for a lock there stops the whole process.
    ...(options?.type === 'better-sqlite3' && { driver: betterSqlite3(), timeout: 100 }),
    ...(countsChangedRows && { flags: ['-FOUND_ROWS'] }),
  } as DataSourceOptions);
  await dataSource.initialize();
  if (session) tellEach(dataSource, session);
  return dataSource;
}

function betterSqlite3(): unknown {
  return createRequire(import.meta.url)('../../extras/node_modules/better-sqlite3');
}

interface Pool {
  on(event: string, listener: (connection: { query(sql: string): unknown }) => void): void;
}

/** Statements of one connection run in their order: what is told first holds for all that follows. */
function tellEach(dataSource: DataSource, session: readonly string[]): void {
  const { pool, master } = dataSource.driver as unknown as { pool?: Pool; master?: Pool };
  const event = dataSource.options.type === 'postgres' ? 'connect' : 'connection';
  (master ?? pool)!.on(event, (connection) => {
    for (const statement of session) void connection.query(statement);
  });
}
