import type { DataSource } from 'typeorm';
import { ConfigurationError } from '../contracts/index.js';
import type { Dialect, Query, TableNames } from './dialect.js';
import type { SettledOptions } from './options.js';
import { storeLabel } from './options.js';

/** In the schema of the DataSource where it names one, else wherever a connection looks first. */
export function tableNames({ options }: Pick<DataSource, 'options'>, dialect: Dialect): TableNames {
  const { schema } = options as { schema?: string };
  const named = (name: string) =>
    dialect.name === 'postgres' && schema ? dialect.quote(schema, name) : dialect.quote(name);
  return { inbox: named('reliable_kafka_inbox'), fence: named('reliable_kafka_fence') };
}

/** Creates what is missing, if it may. Throws a ConfigurationError when it is missing afterwards; rejects when the database does not answer. */
export async function ensureTables(query: Query, tables: TableNames, dialect: Dialect, options: SettledOptions) {
  const missing = await wrongWith(query, tables, dialect);
  if (!missing) return;
  const refused = options.createTables ? await create(query, tables, dialect) : undefined;
  const wrong = options.createTables ? await wrongWith(query, tables, dialect) : missing;
  if (!wrong) return;
  throw new ConfigurationError([
    {
      where: storeLabel(options),
      what: `its tables cannot be used: ${String(refused ?? wrong)}`,
      remedy: 'Run `reliableKafkaMigrations` (in `migrations` of the DataSource), or let `createTables` create them.',
    },
  ]);
}

async function wrongWith(query: Query, { inbox, fence }: TableNames, dialect: Dialect): Promise<unknown> {
  return failureOf(dialect, async () => {
    await query(`SELECT id, scope, expires_at, fingerprint, reply FROM ${inbox} WHERE 1 = 0`);
    await query(`SELECT 1 FROM ${fence} WHERE 1 = 0`);
  });
}

async function create(query: Query, tables: TableNames, dialect: Dialect): Promise<unknown> {
  return failureOf(dialect, async () => {
    for (const sql of dialect.createTables(tables)) await query(sql);
  });
}

async function failureOf(dialect: Dialect, work: () => Promise<void>): Promise<unknown> {
  try {
    return void (await work());
  } catch (error) {
    if (dialect.isConnectionLost(error)) throw error;
    return error;
  }
}
