import type { DataSource } from 'typeorm';
import type { DialectName, Query } from './dialect.js';
import { openOwnDataSource } from './own-data-source.js';

/** A connection as the application makes its own, beside all of its pools. */
export interface FreshConnection {
  connect(): Promise<unknown>;
  readonly query: Query;
  /** At once, whatever it is waiting for. */
  end(): void;
}

type Open = (application: DataSource) => FreshConnection;

const BY_DIALECT: Readonly<Record<DialectName, Open>> = { postgres, mysql, sqlite };

/** What TypeORM has made of the options of a DataSource is in its driver, and only there. */
export function freshConnection(application: DataSource, dialect: DialectName): FreshConnection {
  return BY_DIALECT[dialect](application);
}

function postgres({ driver }: DataSource): FreshConnection {
  const { Client, options } = (driver as unknown as { master: PostgresPool }).master;
  const client = new Client(options);
  client.on('error', ignored);
  return {
    connect: () => client.connect(),
    query: async (sql, parameters) => ({ records: (await client.query(sql, parameters)).rows }),
    end: () => {
      // Tells the server, if it can still be told.
      void client.end();
      client.connection?.stream.destroy();
    },
  };
}

function mysql({ driver, options }: DataSource): FreshConnection {
  const { replication } = options as { replication?: { master: object } };
  const { mysql, createConnectionOptions } = driver as unknown as MysqlDriver;
  const connection = mysql.createConnection(
    createConnectionOptions.call(driver, options, replication?.master ?? options),
  );
  connection.on('error', ignored);
  return {
    connect: () =>
      new Promise((resolve, reject) => connection.connect((error) => (error ? reject(error) : resolve(0)))),
    query: (sql, parameters) =>
      new Promise((resolve, reject) =>
        connection.query(sql, parameters, (error, raw) =>
          error ? reject(error) : resolve({ records: Array.isArray(raw) ? raw : [], raw }),
        ),
      ),
    end: () => {
      connection.destroy();
      connection.stream?.destroy();
    },
  };
}

/** Its connection is a file: TypeORM opens it as the application's, but waits for no lock, which would stop the process. */
function sqlite(application: DataSource): FreshConnection {
  let own: DataSource | undefined;
  return {
    connect: async () => (own = await openOwnDataSource(application, { timeout: 0, isolationLevel: undefined })),
    query: (sql, parameters) => own!.createQueryRunner().query(sql, parameters as any[], true),
    end: () => void own?.destroy(),
  };
}

/** What is wrong is told to whoever waits for an answer. */
function ignored(): void {}

interface PostgresPool {
  readonly Client: new (options: unknown) => PostgresClient;
  readonly options: unknown;
}

interface PostgresClient {
  on(event: 'error', listener: () => void): void;
  connect(): Promise<unknown>;
  query(sql: string, parameters?: readonly unknown[]): Promise<{ readonly rows: readonly Record<string, unknown>[] }>;
  end(): Promise<void>;
  /** Not in `pg-native`. */
  readonly connection?: { readonly stream: { destroy(): void } };
}

interface MysqlDriver {
  readonly mysql: { createConnection(options: unknown): MysqlConnection };
  createConnectionOptions(options: unknown, credentials: unknown): unknown;
}

type Callback<T> = (error: unknown, result: T) => void;

interface MysqlConnection {
  on(event: 'error', listener: () => void): void;
  connect(callback: Callback<unknown>): void;
  query(sql: string, parameters: readonly unknown[] | undefined, callback: Callback<any>): void;
  destroy(): void;
  /** mysql2's `destroy` only asks the server to end it. */
  readonly stream?: { destroy(): void };
}
