import type { ConsumedRecord, ParkedKey, ParkedRecord, TopicPartition } from '../../contracts/index.js';
import { recordBytes } from '../../contracts/index.js';
import { parseHeaders, storedHeaders } from '../../retry/index.js';
import type { Dialect } from '../dialect.js';
import { isKey } from './key-rows.js';
import { keyId } from './row-ids.js';
import type { Run, Sql } from './statements.js';
import { anyOf, list, raw, sql } from './statements.js';
import type { ParkingTableNames } from './tables.js';

/** Bytes of one INSERT; a single record may be larger. */
const MOST_BYTES = 1024 * 1024;
/** Milliseconds for which a replay that is done with is remembered: its request may be sent again. */
const REMEMBERED = 60 * 60 * 1000;

const IDENTITY = ['record_offset', 'record_time', 'replay_id'];
const ALL = [...IDENTITY, 'attempts', 'dead', 'record_key', 'record_value', 'record_headers'];
const ORDER = raw(IDENTITY.join(', '));
const EMPTIED = sql`record_key = NULL, record_value = NULL, record_headers = ${Buffer.alloc(0)}`;
const COLUMNS = raw(ALL.join(', '));
const COLUMNS_OF_R = raw(ALL.map((name) => `r.${name}`).join(', '));

/** The first record of a key. */
export interface FirstRow extends ParkedRecord {
  readonly partition: Buffer;
  readonly handler: string;
  readonly keyId: Buffer;
}

/** The table of records. What writes is in a transaction that has locked their partition. */
export class RecordRows {
  private readonly table: Sql;

  constructor(
    private readonly dialect: Dialect,
    { records }: ParkingTableNames,
  ) {
    this.table = raw(records);
  }

  /** Those that are not there yet. */
  async insert(run: Run, partition: Buffer, key: ParkedKey, records: readonly ParkedRecord[]): Promise<void> {
    const known = await this.known(run, partition, key, records);
    const rows = records.filter((one) => !known.has(idOf(one)));
    for (const some of portions(rows))
      await run(
        sql`INSERT INTO ${this.table} (partition_id, handler, key_id, ${COLUMNS})
          VALUES ${list(some.map((one) => [partition, key.handler, keyId(key), ...valuesOf(one)]))}`,
      );
  }

  /** Of a key, those that are not done with. */
  async count(run: Run, partition: Buffer, key: ParkedKey): Promise<number> {
    const { records } = await run(
      sql`SELECT COUNT(*) AS waiting FROM ${this.table} WHERE ${isKey(partition, key)} AND forget_at IS NULL`,
    );
    return Number(records[0]!.waiting);
  }

  /** Which one is the next of a key, and no more of it. */
  async isFirst(run: Run, partition: Buffer, key: ParkedKey, record: ParkedRecord): Promise<boolean> {
    const { records } = await run(
      sql`SELECT ${ORDER} FROM ${this.table}
        WHERE ${isKey(partition, key)} AND forget_at IS NULL ORDER BY ${ORDER} LIMIT 1`,
    );
    const [row] = records;
    return row !== undefined && idOf(record) === idOfRow(row);
  }

  async first(run: Run, partition: Buffer, key: ParkedKey, at: TopicPartition): Promise<ParkedRecord | undefined> {
    const { records } = await run(
      sql`SELECT ${COLUMNS} FROM ${this.table} WHERE ${isKey(partition, key)} AND forget_at IS NULL ORDER BY ${ORDER} LIMIT 1`,
    );
    return records[0] && parkedOf(records[0], at);
  }

  /** The records of the lowest offsets of several keys, each key's in their order. */
  async lowest(
    run: Run,
    keys: readonly (ParkedKey & { readonly partition: Buffer })[],
    atOf: (partition: Buffer) => TopicPartition,
  ): Promise<readonly FirstRow[]> {
    const chosen = anyOf(keys.map((key) => isKey(key.partition, key)));
    const { records } = await run(
      sql`SELECT r.partition_id, r.handler, r.key_id, ${COLUMNS_OF_R} FROM ${this.table} r JOIN (
          SELECT partition_id, handler, key_id, MIN(record_offset) AS lowest FROM ${this.table}
          WHERE forget_at IS NULL AND (${chosen}) GROUP BY partition_id, handler, key_id) l
        ON r.partition_id = l.partition_id AND r.handler = l.handler AND r.key_id = l.key_id AND r.record_offset = l.lowest
        WHERE r.forget_at IS NULL ORDER BY ${ORDER}`,
    );
    return records.map((row) => ({
      ...parkedOf(row, atOf(row.partition_id)),
      partition: row.partition_id,
      handler: row.handler,
      keyId: row.key_id,
    }));
  }

  /** It is done with: what is left says that it was there. */
  async finish(run: Run, partition: Buffer, key: ParkedKey, done: ParkedRecord): Promise<void> {
    const forget = raw(this.dialect.clockPlus(done.replayId === '' ? 0 : REMEMBERED));
    await run(
      sql`UPDATE ${this.table} SET forget_at = ${forget}, ${EMPTIED} WHERE ${isRecord(partition, key, done)} AND forget_at IS NULL`,
    );
  }

  /** Its dead letter has what it was. */
  async bury(run: Run, partition: Buffer, key: ParkedKey, dead: ParkedRecord): Promise<void> {
    await run(sql`UPDATE ${this.table} SET dead = 1, ${EMPTIED} WHERE ${isRecord(partition, key, dead)}`);
  }

  /** What is done with, of the log below the offset. */
  async sweep(run: Run, partition: Buffer, offset: bigint): Promise<void> {
    await run(
      sql`DELETE FROM ${this.table} WHERE partition_id = ${partition} AND forget_at <= (SELECT ${raw(this.dialect.clock)})
        AND (replay_id <> '' OR record_offset < ${Number(offset)})`,
    );
  }

  async removeFrom(run: Run, partition: Buffer, offset: bigint): Promise<void> {
    await run(sql`DELETE FROM ${this.table} WHERE partition_id = ${partition} AND record_offset >= ${Number(offset)}`);
  }

  /** Of the log, from an offset on: done with or not. */
  async from(run: Run, partition: Buffer, offset: bigint) {
    const { records } = await run(
      sql`SELECT handler, record_offset, record_time FROM ${this.table}
        WHERE partition_id = ${partition} AND record_offset >= ${Number(offset)} AND replay_id = ''`,
    );
    return records.map((row) => ({
      handler: String(row.handler),
      offset: BigInt(row.record_offset),
      timestamp: String(row.record_time),
    }));
  }

  private async known(run: Run, partition: Buffer, { handler }: ParkedKey, records: readonly ParkedRecord[]) {
    const offsets = list(records.map(({ record }) => Number(record.offset)));
    const { records: rows } = await run(
      sql`SELECT ${ORDER} FROM ${this.table}
        WHERE partition_id = ${partition} AND handler = ${handler} AND record_offset IN (${offsets})`,
    );
    return new Set(rows.map(idOfRow));
  }
}

function isRecord(partition: Buffer, { handler }: ParkedKey, { record, replayId }: ParkedRecord): Sql {
  return sql`partition_id = ${partition} AND handler = ${handler} AND record_offset = ${Number(record.offset)}
    AND record_time = ${Number(record.timestamp)} AND replay_id = ${replayId}`;
}

function idOf({ record, replayId }: ParkedRecord): string {
  return `${record.offset}@${Number(record.timestamp)} ${replayId}`;
}

function idOfRow(row: Record<string, any>): string {
  return `${row.record_offset}@${row.record_time} ${row.replay_id}`;
}

function valuesOf({ record, replayId, attempts }: ParkedRecord): unknown[] {
  const { offset, timestamp, key, value, headers } = record;
  return [Number(offset), Number(timestamp), replayId, attempts, 0, key, value, storedHeaders(headers)];
}

function parkedOf(row: Record<string, any>, { topic, partition }: TopicPartition): ParkedRecord {
  const record: ConsumedRecord = {
    topic,
    partition,
    offset: BigInt(row.record_offset),
    key: row.record_key,
    value: row.record_value,
    headers: parseHeaders(row.record_headers),
    timestamp: String(row.record_time),
  };
  return { record, replayId: row.replay_id, attempts: Number(row.attempts), isDead: Number(row.dead) === 1 };
}

function* portions(rows: readonly ParkedRecord[]): Generator<readonly ParkedRecord[]> {
  let portion: ParkedRecord[] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = recordBytes(row.record);
    if (portion.length > 0 && bytes + size > MOST_BYTES) {
      yield portion;
      [portion, bytes] = [[], 0];
    }
    portion.push(row);
    bytes += size;
  }
  if (portion.length > 0) yield portion;
}
