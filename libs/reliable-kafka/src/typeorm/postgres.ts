import type { Dialect } from './dialect.js';
import { driverError, milliseconds } from './dialect.js';

const CONFLICTS = ['40001', '40P01', '55P03'];
/** Class 08, and what a server says that ends a session. */
const ENDED = [
  '25P03',
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '53300',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
];

export const postgres: Dialect = {
  name: 'postgres',
  clock: 'clock_timestamp()',
  clockPlus: (ms) => `clock_timestamp() + interval '${milliseconds(ms)} milliseconds'`,
  quote: (...path) => path.map((name) => `"${name.replaceAll('"', '""')}"`).join('.'),
  parameter: (n) => `$${n}`,

  isDuplicateKey: (error) => driverError(error).code === '23505',
  isConflict: (error) => CONFLICTS.includes(driverError(error).code ?? ''),
  isConnectionLost: (error) => {
    const { code = '' } = driverError(error);
    return (
      code.startsWith('08') ||
      ENDED.includes(code) ||
      /^Connection terminated|not queryable/.test(String((error as Error)?.message))
    );
  },
  endsTransaction: () => false,
  stopsAtFailure: true,

  isolation: 'READ COMMITTED',
  phrases: ({ lockTimeout, idleTimeout }) => ({
    // All of it in one round trip.
    'START TRANSACTION': '',
    'SET TRANSACTION ISOLATION LEVEL READ COMMITTED':
      `START TRANSACTION ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = ${lockTimeout}; ` +
      `SET LOCAL idle_in_transaction_session_timeout = ${idleTimeout}`,
    // To a COMMIT of a transaction in which a statement has failed PostgreSQL answers no error; to any other statement it does.
    COMMIT: 'SELECT 1; COMMIT',
  }),
  moveSavepoint: (name) => [`RELEASE SAVEPOINT ${name}; SAVEPOINT ${name}`],
  limit: async () => undefined,
  unlimit: async () => undefined,
  async discard(runner, error) {
    const { releasePostgresConnection } = runner as { releasePostgresConnection?(error: unknown): Promise<void> };
    await releasePostgresConnection?.call(runner, error ?? true);
  },

  // At once, so all of it or nothing: IF NOT EXISTS fails when two processes create one thing at a time, and then the other one has it all.
  createTables: ({ inbox, fence }) => [
    `CREATE TABLE IF NOT EXISTS ${inbox} (
       id bytea PRIMARY KEY, scope text NOT NULL, expires_at timestamptz NOT NULL, fingerprint bytea, reply bytea);
     CREATE INDEX IF NOT EXISTS reliable_kafka_inbox_expiry ON ${inbox} (expires_at);
     CREATE SEQUENCE IF NOT EXISTS ${fence}`,
  ],
  dropTables: ({ inbox, fence }) => [`DROP SEQUENCE ${fence}`, `DROP TABLE ${inbox}`],

  async insertNew(query, inbox, rows, retention) {
    const { records } = await query(
      `INSERT INTO ${inbox} (id, scope, expires_at, fingerprint)
       SELECT id, scope, ${this.clockPlus(retention)}, fingerprint
       FROM unnest($1::bytea[], $2::text[], $3::bytea[]) AS claimed (id, scope, fingerprint)
       ON CONFLICT DO NOTHING RETURNING id`,
      [rows.map(({ id }) => id), rows.map(({ scope }) => scope), rows.map(({ fingerprint }) => fingerprint ?? null)],
    );
    return records.map(({ id }) => id as Buffer);
  },
  async sweep(query, inbox, atMost) {
    // The clock in a query of its own is read once, so that the index can be used.
    const { affected } = await query(
      `DELETE FROM ${inbox} WHERE id = ANY (ARRAY(
         SELECT id FROM ${inbox} WHERE expires_at <= (SELECT ${this.clock}) ORDER BY expires_at LIMIT ${atMost} FOR UPDATE SKIP LOCKED))`,
    );
    return affected ?? 0;
  },
  async nextFencingToken(query, fence) {
    const { records } = await query('SELECT nextval($1)::text AS token', [fence]);
    return BigInt(records[0]!.token);
  },
};
