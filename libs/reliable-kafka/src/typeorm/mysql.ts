import type { Dialect, InboxRow } from './dialect.js';
import { driverError, milliseconds } from './dialect.js';

const DUPLICATE = 1062;
/** Deadlock, lock wait timeout, and MariaDB's answer to a row that has changed since the snapshot. */
const CONFLICTS = [1213, 1205, 1020];
const ENDED = ['PROTOCOL_CONNECTION_LOST', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'];
/** Too many connections, shutdown, and four ways to say that the connection was ended from the server's side. */
const ENDED_BY_SERVER = [1040, 1053, 1152, 1159, 1160, 1161, 1927, 4031];

/** MySQL and MariaDB. */
export const mysql: Dialect = {
  name: 'mysql',
  // Not NOW(): that jumps with the time zone of the session.
  clock: 'UTC_TIMESTAMP(3)',
  clockPlus: (ms) => `UTC_TIMESTAMP(3) + INTERVAL ${milliseconds(ms) * 1000} MICROSECOND`,
  quote: (...path) => path.map((name) => `\`${name.replaceAll('`', '``')}\``).join('.'),
  parameter: () => '?',

  isDuplicateKey: (error) => driverError(error).errno === DUPLICATE,
  isConflict: (error) => CONFLICTS.includes(driverError(error).errno ?? 0),
  isConnectionLost: (error) => {
    const { code = '', errno = 0 } = driverError(error);
    return (
      ENDED.includes(code) || ENDED_BY_SERVER.includes(errno) || /closed state/.test(String((error as Error)?.message))
    );
  },
  // A deadlock always does; a lock wait timeout with innodb_rollback_on_timeout.
  endsTransaction: (error) => CONFLICTS.includes(driverError(error).errno ?? 0),

  stopsAtFailure: false,

  isolation: 'READ COMMITTED',
  phrases: () => ({}),
  // One of the same name takes its place.
  moveSavepoint: (name) => [`SAVEPOINT ${name}`],
  async limit(query, { lockTimeout, idleTimeout }) {
    await query(
      `SET @reliable_kafka_lock = @@SESSION.innodb_lock_wait_timeout, @reliable_kafka_idle = @@SESSION.wait_timeout,
       SESSION innodb_lock_wait_timeout = ${seconds(lockTimeout)}, SESSION wait_timeout = ${seconds(idleTimeout)}`,
    );
  },
  async unlimit(query) {
    await query(
      'SET SESSION innodb_lock_wait_timeout = @reliable_kafka_lock, SESSION wait_timeout = @reliable_kafka_idle',
    );
  },
  async discard(runner) {
    const connection = (await runner.connect()) as { destroy(): void };
    connection.destroy();
    await runner.release();
  },

  createTables: ({ inbox, fence }) => [
    `CREATE TABLE IF NOT EXISTS ${inbox} (
      id BINARY(32) PRIMARY KEY, scope VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL, expires_at DATETIME(3) NOT NULL,
      fingerprint VARBINARY(255), reply LONGBLOB, INDEX reliable_kafka_inbox_expiry (expires_at)) ENGINE = InnoDB`,
    `CREATE TABLE IF NOT EXISTS ${fence} (id TINYINT PRIMARY KEY, token BIGINT UNSIGNED NOT NULL) ENGINE = InnoDB`,
  ],
  dropTables: ({ inbox, fence }) => [`DROP TABLE ${fence}`, `DROP TABLE ${inbox}`],

  async insertNew(query, inbox, rows, retention) {
    const insert = (some: readonly InboxRow[]) =>
      query(
        `INSERT INTO ${inbox} (id, scope, expires_at, fingerprint) VALUES ` +
          some.map(() => `(?, ?, ${this.clockPlus(retention)}, ?)`).join(', '),
        some.flatMap(({ id, scope, fingerprint }) => [id, scope, fingerprint ?? null]),
      );
    let wanted = rows;
    for (;;) {
      // An INSERT of several rows with a duplicate among them inserts none.
      if (rows.length > 1) wanted = await unknown(rows);
      if (wanted.length === 0) return [];
      try {
        await insert(wanted);
        return wanted.map(({ id }) => id);
      } catch (error) {
        if (!this.isDuplicateKey(error)) throw error;
        if (rows.length === 1) return [];
      }
    }

    async function unknown(some: readonly InboxRow[]): Promise<readonly InboxRow[]> {
      const ids = some.map(({ id }) => id);
      const { records } = await query(`SELECT id FROM ${inbox} WHERE id IN (${ids.map(() => '?').join()})`, ids);
      const known = new Set(records.map(({ id }) => (id as Buffer).toString('hex')));
      return some.filter(({ id }) => !known.has(id.toString('hex')));
    }
  },
  async sweep(query, inbox, atMost) {
    const { records } = await query(
      `SELECT id FROM ${inbox} WHERE expires_at <= ${this.clock} ORDER BY expires_at LIMIT ${atMost} FOR UPDATE SKIP LOCKED`,
    );
    if (records.length === 0) return 0;
    const ids = records.map(({ id }) => id as Buffer);
    const { affected } = await query(`DELETE FROM ${inbox} WHERE id IN (${ids.map(() => '?').join()})`, ids);
    return affected ?? 0;
  },
  async nextFencingToken(query, fence) {
    const { raw } = await query(
      `INSERT INTO ${fence} (id, token) VALUES (1, LAST_INSERT_ID(1)) ON DUPLICATE KEY UPDATE token = LAST_INSERT_ID(token + 1)`,
    );
    return BigInt(raw.insertId);
  },
};

/** It counts in whole seconds. */
function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
