import type { DataSource } from 'typeorm';
import { ConfigurationError } from '../contracts/index.js';
import type { Dialect, Query, TableNames } from './dialect.js';

/** In the schema of the DataSource where it names one, else wherever a connection looks first. */
export function tableNames(dataSource: Pick<DataSource, 'options'>, dialect: Dialect): TableNames {
  const named = tableNaming(dataSource, dialect);
  return { inbox: named('reliable_kafka_inbox'), fence: named('reliable_kafka_fence') };
}

/** Quotes the name of a table of ours. */
export function tableNaming({ options }: Pick<DataSource, 'options'>, dialect: Dialect): (name: string) => string {
  const { schema } = options as { schema?: string };
  return (name) => (dialect.name === 'postgres' && schema ? dialect.quote(schema, name) : dialect.quote(name));
}

/** Tables that belong together. */
export interface Tables {
  /** SQL that fails unless they are there, in their shape. */
  readonly probes: readonly string[];
  /** SQL that makes what is missing. */
  readonly create: readonly string[];
}

export function inboxTables(names: TableNames, dialect: Dialect): Tables {
  const { inbox, fence } = names;
  return {
    probes: [
      `SELECT id, scope, expires_at, fingerprint, reply FROM ${inbox} WHERE 1 = 0`,
      `SELECT 1 FROM ${fence} WHERE 1 = 0`,
    ],
    create: dialect.createTables(names),
  };
}

/**
 * Creates what is missing, if it may. Throws a ConfigurationError, under the name of its user, when it is missing afterwards; rejects when the
 * database does not answer.
 */
export async function ensureTables(
  query: Query,
  { probes, create }: Tables,
  dialect: Dialect,
  user: string,
  mayCreate: boolean,
): Promise<void> {
  const run = (statements: readonly string[]) => failureOf(query, statements, dialect);
  const missing = await run(probes);
  if (!missing) return;
  const refused = mayCreate ? await run(create) : undefined;
  const wrong = mayCreate ? await run(probes) : missing;
  if (!wrong) return;
  throw new ConfigurationError([
    {
      where: user,
      what: `its tables cannot be used: ${String(refused ?? wrong)}`,
      remedy: 'Run `reliableKafkaMigrations` (in `migrations` of the DataSource), or let `createTables` create them.',
    },
  ]);
}

async function failureOf(query: Query, statements: readonly string[], dialect: Dialect): Promise<unknown> {
  try {
    for (const sql of statements) await query(sql);
    return undefined;
  } catch (error) {
    if (dialect.isConnectionLost(error)) throw error;
    return error;
  }
}
