import type { QueryRunner } from 'typeorm';

/** The three ways in which the supported databases speak. MariaDB is `mysql`. */
export type DialectName = 'postgres' | 'mysql' | 'sqlite';

/** Sends SQL over one connection, in its transaction if there is one. */
export type Query = (
  sql: string,
  parameters?: readonly unknown[],
) => Promise<{ readonly records: readonly Record<string, any>[]; readonly affected?: number; readonly raw?: any }>;

/** A row of the inbox, as it is claimed. */
export interface InboxRow {
  readonly id: Buffer;
  readonly scope: string;
  readonly fingerprint: Buffer | undefined;
}

/** Milliseconds. */
export interface TransactionLimits {
  /** For a lock that another transaction holds. */
  readonly lockTimeout: number;
  /** Without a statement, after which the database ends the transaction. */
  readonly idleTimeout: number;
}

/** What each database says in words of its own. */
export interface Dialect {
  readonly name: DialectName;
  /** SQL: the database's own clock, now, and not when the transaction began. */
  readonly clock: string;
  /** SQL: its clock and so many milliseconds. */
  clockPlus(ms: number): string;
  /** An identifier, or several as a path: schema and table. */
  quote(...path: readonly string[]): string;
  /** SQL: the place of parameter `n`, counted from 1. Places are used in the order of their numbers, each once. */
  parameter(n: number): string;

  /** Another row has the same unique key. */
  isDuplicateKey(error: unknown): boolean;
  /** Another transaction was in the way: a deadlock, a serialization failure, a lock that was not free in time. Trying again may help. */
  isConflict(error: unknown): boolean;
  /** The database was not reached, or the connection ended before it answered. */
  isConnectionLost(error: unknown): boolean;
  /** The database has rolled back the whole transaction; statements that follow would each stand alone. */
  endsTransaction(error: unknown): boolean;
  /** After a statement that failed it answers nothing but errors, until what was done is rolled back, to a savepoint at least. */
  readonly stopsAtFailure: boolean;

  /** What TypeORM is told to ask for. */
  readonly isolation: 'READ COMMITTED' | undefined;
  /** What is sent in place of statements with which TypeORM begins and commits a transaction. An empty text: nothing. */
  phrases(limits: TransactionLimits): Readonly<Record<string, string>>;
  /** Moves a savepoint to where the transaction is now: what was done since it was set is kept. In as few round trips as the database allows. */
  moveSavepoint(name: string): readonly string[];
  /** Before a transaction, and after it: limits that the database keeps for a connection and not for a transaction. */
  limit(query: Query, limits: TransactionLimits): Promise<void>;
  unlimit(query: Query): Promise<void>;
  /** Ends the connection, which is in a state that nobody knows. */
  discard(runner: QueryRunner, error: unknown): Promise<void>;

  /** SQL that makes what is missing, and what takes it away. */
  createTables(tables: TableNames): readonly string[];
  dropTables(tables: TableNames): readonly string[];

  /** Inserts those rows whose ids are new, and answers these ids. Waits for whoever inserts one of them in another transaction. */
  insertNew(query: Query, inbox: string, rows: readonly InboxRow[], retention: number): Promise<readonly Buffer[]>;
  /** Deletes rows that have expired, and passes over those that are locked where it can. */
  sweep(query: Query, inbox: string, atMost: number): Promise<number>;
  nextFencingToken(query: Query, fence: string): Promise<bigint>;
}

/** Quoted, with their schema where there is one. */
export interface TableNames {
  readonly inbox: string;
  readonly fence: string;
}

/** What the driver threw, out of what TypeORM wraps around it. */
export function driverError(error: unknown): { readonly code?: string; readonly errno?: number } {
  const { driverError = error } = (error ?? {}) as { driverError?: object };
  return (driverError ?? {}) as { code?: string; errno?: number };
}

/** No retention is longer than a hundred years: databases count no further than the year 9999. */
const LONGEST = 100 * 365 * 24 * 60 * 60 * 1000;

/** Milliseconds as a number in SQL. */
export function milliseconds(ms: number): number {
  return Math.round(Math.min(ms, LONGEST));
}
