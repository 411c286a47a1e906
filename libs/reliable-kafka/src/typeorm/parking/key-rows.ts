import type { ParkedKey, ParkedKeyReport, ParkedUntil } from '../../contracts/index.js';
import type { Dialect, DialectName } from '../dialect.js';
import { rowClock } from '../row-clock.js';
import { keyId } from './row-ids.js';
import type { Run, Sql } from './statements.js';
import { list, raw, sql } from './statements.js';
import type { ParkingTableNames } from './tables.js';

const TYPE_OF_DUE: Readonly<Record<DialectName, string>> = {
  postgres: 'timestamp with time zone',
  mysql: 'datetime',
  sqlite: 'datetime',
};

export interface KeyRow {
  readonly isDue: boolean;
  readonly rounds: number;
}

export interface DueKeyRow extends ParkedKey {
  readonly partition: Buffer;
  readonly rounds: number;
  readonly isUnclean: boolean;
}

/** The table of parked keys. What writes is in a transaction that has locked their partition. */
export class KeyRows {
  private readonly table: Sql;
  private readonly records: Sql;

  constructor(
    private readonly dialect: Dialect,
    { keys, records }: ParkingTableNames,
  ) {
    this.table = raw(keys);
    this.records = raw(records);
  }

  async find(run: Run, partition: Buffer, key: ParkedKey): Promise<KeyRow | undefined> {
    const isDue = raw(`CASE WHEN due <= ${this.dialect.clock} THEN 1 ELSE 0 END`);
    const { records } = await run(
      sql`SELECT rounds, ${isDue} AS is_due FROM ${this.table} WHERE ${isKey(partition, key)}`,
    );
    return records[0] && { isDue: Number(records[0].is_due) === 1, rounds: Number(records[0].rounds) };
  }

  /** All of a partition, with how many records each has. */
  async counted(run: Run, partition: Buffer): Promise<readonly (ParkedKey & { readonly records: number })[]> {
    const { records } = await run(
      sql`SELECT k.handler, k.ordering_key, ${this.count} AS waiting FROM ${this.table} k WHERE k.partition_id = ${partition}`,
    );
    return records.map((row) => ({ handler: row.handler, key: row.ordering_key, records: Number(row.waiting) }));
  }

  /** Of these partitions, the longest due first. */
  async due(run: Run, partitions: readonly Buffer[], atMost: number): Promise<readonly DueKeyRow[]> {
    // The clock in a query of its own is read once, so that the index can be used.
    const { records } = await run(
      sql`SELECT partition_id, handler, ordering_key, rounds, unclean FROM ${this.table}
        WHERE partition_id IN (${list(partitions)}) AND due <= (SELECT ${raw(this.dialect.clock)})
        ORDER BY due LIMIT ${raw(String(atMost))}`,
    );
    return records.map((row) => ({
      partition: row.partition_id,
      handler: row.handler,
      key: row.ordering_key,
      rounds: Number(row.rounds),
      isUnclean: Number(row.unclean) === 1,
    }));
  }

  async insert(run: Run, partition: Buffer, key: ParkedKey, { retryIn, reason }: ParkedUntil): Promise<void> {
    const row = [partition, key.handler, keyId(key), key.key, this.in(retryIn), 0, 0, told(reason)];
    await run(
      sql`INSERT INTO ${this.table} (partition_id, handler, key_id, ordering_key, due, rounds, unclean, reason)
        VALUES ${list([row])}`,
    );
  }

  /** Nobody knows its end, until somebody says so. */
  async beginRound(run: Run, partition: Buffer, key: ParkedKey, rounds: number, retryIn: number): Promise<void> {
    await run(
      sql`UPDATE ${this.table} SET rounds = ${rounds}, unclean = 1, due = ${this.in(retryIn)}
        WHERE ${isKey(partition, key)}`,
    );
  }

  async postpone(run: Run, partition: Buffer, key: ParkedKey, { retryIn, reason }: ParkedUntil): Promise<void> {
    await run(
      sql`UPDATE ${this.table} SET unclean = 0, due = ${this.in(retryIn)}, reason = ${told(reason)}
        WHERE ${isKey(partition, key)}`,
    );
  }

  /** By the dead letter at this offset. */
  async hold(run: Run, partition: Buffer, key: ParkedKey, offset: bigint, reason: string): Promise<void> {
    await run(
      sql`UPDATE ${this.table} SET held = ${Number(offset)}, due = NULL, rounds = 0, unclean = 0, reason = ${told(reason)}
        WHERE ${isKey(partition, key)}`,
    );
  }

  /** False: the dead letter at this offset does not hold the key. */
  async release(run: Run, partition: Buffer, key: ParkedKey, offset: bigint): Promise<boolean> {
    const { affected } = await run(
      sql`UPDATE ${this.table} SET held = NULL, due = ${this.in(0)}
        WHERE ${isKey(partition, key)} AND held = ${Number(offset)}`,
    );
    return affected === 1;
  }

  /** Those that dead letters from this offset on hold. */
  async releaseFrom(run: Run, partition: Buffer, offset: bigint): Promise<void> {
    await run(
      sql`UPDATE ${this.table} SET held = NULL, due = ${this.in(0)}
        WHERE partition_id = ${partition} AND held >= ${Number(offset)}`,
    );
  }

  async remove(run: Run, partition: Buffer, key: ParkedKey): Promise<void> {
    await run(sql`DELETE FROM ${this.table} WHERE ${isKey(partition, key)}`);
  }

  /** Those that nothing is left of. */
  async removeEmpty(run: Run, partition: Buffer): Promise<void> {
    await run(
      sql`DELETE FROM ${this.table} WHERE partition_id = ${partition} AND held IS NULL AND (handler, key_id) NOT IN (
        SELECT handler, key_id FROM ${this.records} WHERE partition_id = ${partition} AND forget_at IS NULL)`,
    );
  }

  /** As operators see them, of one group or of all. */
  async report(
    run: Run,
    partitions: Sql,
    group: string | undefined,
    atMost: number,
  ): Promise<readonly ParkedKeyReport[]> {
    const ms = raw(rowClock(this.dialect.name, TYPE_OF_DUE[this.dialect.name], 3)!.until('k.due'));
    const chosen = group === undefined ? sql`1 = 1` : sql`p.group_id = ${group}`;
    const { records } = await run(
      sql`SELECT p.group_id, p.topic, p.topic_partition, k.handler, k.ordering_key, k.rounds, k.reason, ${this.count} AS waiting, ${ms} AS ms
        FROM ${this.table} k JOIN ${partitions} p ON p.id = k.partition_id WHERE ${chosen}
        ORDER BY p.group_id, p.topic, p.topic_partition, k.due, k.handler, k.ordering_key LIMIT ${raw(String(atMost))}`,
    );
    return records.map((row) => ({
      group: row.group_id,
      topic: row.topic,
      partition: row.topic_partition,
      handler: row.handler,
      key: row.ordering_key,
      records: Number(row.waiting),
      rounds: Number(row.rounds),
      reason: row.reason,
      ...(row.ms !== null && { due: new Date(Date.now() + Number(row.ms)) }),
    }));
  }

  private get count(): Sql {
    return sql`(SELECT COUNT(*) FROM ${this.records} r WHERE r.partition_id = k.partition_id AND r.handler = k.handler
      AND r.key_id = k.key_id AND r.forget_at IS NULL)`;
  }

  private in(ms: number): Sql {
    return raw(this.dialect.clockPlus(Math.max(0, ms)));
  }
}

/** Whatever of a key of a partition is in a table. */
export function isKey(partition: Buffer, key: ParkedKey): Sql {
  return sql`partition_id = ${partition} AND handler = ${key.handler} AND key_id = ${keyId(key)}`;
}

/** No database keeps a NUL in a text. */
function told(reason: string): string {
  return reason.replaceAll('\0', '');
}
