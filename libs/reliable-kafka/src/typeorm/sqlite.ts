import type { Dialect } from './dialect.js';
import { driverError, milliseconds } from './dialect.js';

/** As TypeORM writes dates there. */
const FORMAT = `'%Y-%m-%d %H:%M:%f'`;

export const sqlite: Dialect = {
  name: 'sqlite',
  clock: `strftime(${FORMAT}, 'now')`,
  clockPlus: (ms) => `strftime(${FORMAT}, 'now', '+${milliseconds(ms) / 1000} seconds')`,
  quote: (...path) => path.map((name) => `"${name.replaceAll('"', '""')}"`).join('.'),
  parameter: () => '?',

  isDuplicateKey: (error) => /^SQLITE_CONSTRAINT_(PRIMARYKEY|UNIQUE)$/.test(driverError(error).code ?? ''),
  isConflict: (error) => /^SQLITE_(BUSY|LOCKED)/.test(driverError(error).code ?? ''),
  isConnectionLost: (error) => /connection is not open/.test(String((error as Error)?.message)),
  endsTransaction: () => false,
  stopsAtFailure: false,

  isolation: undefined,
  // The lock for writing at once: a transaction that reads first and then finds another one writing can only fail.
  phrases: () => ({ 'BEGIN TRANSACTION': 'BEGIN IMMEDIATE' }),
  moveSavepoint: (name) => [`RELEASE SAVEPOINT ${name}`, `SAVEPOINT ${name}`],
  limit: async () => undefined,
  unlimit: async () => undefined,
  discard: async () => undefined,

  createTables: ({ inbox, fence }) => [
    `CREATE TABLE IF NOT EXISTS ${inbox} (
      id BLOB PRIMARY KEY, scope TEXT NOT NULL, expires_at TEXT NOT NULL, fingerprint BLOB, reply BLOB) WITHOUT ROWID`,
    `CREATE INDEX IF NOT EXISTS reliable_kafka_inbox_expiry ON ${inbox} (expires_at)`,
    `CREATE TABLE IF NOT EXISTS ${fence} (id INTEGER PRIMARY KEY, token INTEGER NOT NULL)`,
  ],
  dropTables: ({ inbox, fence }) => [`DROP TABLE ${fence}`, `DROP TABLE ${inbox}`],

  async insertNew(query, inbox, rows, retention) {
    const { records } = await query(
      `INSERT INTO ${inbox} (id, scope, expires_at, fingerprint) VALUES ` +
        rows.map(() => `(?, ?, ${this.clockPlus(retention)}, ?)`).join(', ') +
        ' ON CONFLICT DO NOTHING RETURNING id',
      rows.flatMap(({ id, scope, fingerprint }) => [id, scope, fingerprint ?? null]),
    );
    return records.map(({ id }) => id as Buffer);
  },
  async sweep(query, inbox, atMost) {
    const { affected } = await query(
      `DELETE FROM ${inbox} WHERE id IN (SELECT id FROM ${inbox} WHERE expires_at <= ${this.clock} ORDER BY expires_at LIMIT ${atMost})`,
    );
    return affected ?? 0;
  },
  async nextFencingToken(query, fence) {
    const { records } = await query(
      `INSERT INTO ${fence} (id, token) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET token = token + 1 RETURNING CAST(token AS TEXT) AS token`,
    );
    return BigInt(records[0]!.token);
  },
};
