import { setTimeout as pause } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import type { DataSourceOptions, EntityTarget, ObjectLiteral } from 'typeorm';

/** MariaDB's list of transactions is made anew only when nobody has looked for a tenth of a second. */
const LOOK = 120;

/** Waits until somebody waits for a lock in the database of a DataSource. SQLite cannot tell. */
export async function untilOneWaits(dataSource: DataSource): Promise<void> {
  while ((await waiters(dataSource)).length === 0) await pause(LOOK);
}

/** Ends the connection of whoever waits for a lock. */
export async function killWaiter(dataSource: DataSource): Promise<void> {
  await untilOneWaits(dataSource);
  const kill = dataSource.options.type === 'postgres' ? 'SELECT pg_terminate_backend($1)' : 'KILL ?';
  for (const id of await waiters(dataSource)) await dataSource.query(kill, [id]);
}

async function waiters(dataSource: DataSource): Promise<number[]> {
  const { type } = dataSource.options;
  if (type === 'better-sqlite3') return [0];
  const sql =
    type === 'postgres'
      ? `SELECT DISTINCT waiting.pid AS id FROM pg_locks waiting JOIN pg_locks held ON held.pid = waiting.pid
         JOIN pg_class ON pg_class.oid = held.relation WHERE NOT waiting.granted AND relnamespace = CAST($1 AS regnamespace)`
      : `SELECT trx_mysql_thread_id AS id FROM information_schema.INNODB_TRX
         JOIN information_schema.PROCESSLIST p ON p.ID = trx_mysql_thread_id WHERE trx_state = 'LOCK WAIT' AND p.DB = ?`;
  const place = type === 'postgres' ? dataSource.driver.schema : dataSource.driver.database;
  const rows = await dataSource.query<{ id: number | string }[]>(sql, [place]);
  return rows.map(({ id }) => Number(id));
}

/** Holds a row (in SQLite: everything) as it is, against whoever wants to write, until it is released. */
export async function holdWrites(
  dataSource: DataSource,
  entity: EntityTarget<ObjectLiteral>,
  row: ObjectLiteral,
): Promise<() => Promise<void>> {
  const own = await new DataSource({ ...dataSource.options, synchronize: false } as DataSourceOptions).initialize();
  const runner = own.createQueryRunner();
  await runner.startTransaction();
  await runner.manager.delete(entity, row);
  return async () => {
    await runner.rollbackTransaction();
    await own.destroy();
  };
}
