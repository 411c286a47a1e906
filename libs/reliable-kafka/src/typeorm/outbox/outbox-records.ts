import { ReliableKafkaError } from '../../contracts/index.js';
import type { Dialect, Query } from '../dialect.js';
import type { RecordRow } from './sql/index.js';
import { outboxSqlOf } from './sql/index.js';
import type { OutboxTableNames } from './tables.js';
import { DEAD } from './tables.js';

/** Rows of one INSERT. */
const CHUNK = { rows: 500, bytes: 1024 * 1024 };
/** Characters of a refusal that are kept. */
const LONGEST_REFUSAL = 1000;

const COLUMNS = [
  'seq',
  'topic',
  'record_partition',
  'record_key',
  'record_value',
  'record_headers',
  'size',
  'added_at',
];

/** A row with its number. In one slot numbers are in the order of commits; there are gaps. */
export interface NumberedRow extends RecordRow {
  readonly seq: number;
}

export interface DeadRow extends NumberedRow {
  readonly refusal: string;
}

/** How much is read at a time: at least one record. */
export interface ReadLimit {
  readonly records: number;
  readonly bytes: number;
}

/** The table of records. */
export class OutboxRecords {
  constructor(
    private readonly dialect: Dialect,
    private readonly tables: OutboxTableNames,
  ) {}

  /** In a transaction, which holds the slot until it ends: those of the next one to append come behind it. Slots in the order of their numbers. */
  async append(query: Query, slot: number, rows: readonly RecordRow[]): Promise<void> {
    for (const some of chunks(rows)) {
      const appended = await outboxSqlOf(this.dialect).append(query, this.tables, slot, some);
      if (appended !== some.length)
        throw new ReliableKafkaError(
          `The outbox has no slot ${slot}: its table of slots was changed while the application ran`,
        );
    }
  }

  /** The next ones of a slot, in order. */
  async next(query: Query, slot: number, { records: most, bytes }: ReadLimit): Promise<readonly NumberedRow[]> {
    const { records: table } = this.tables;
    const { parameter } = this.dialect;
    // Sizes first, so that no more than wanted is read of what may be large.
    const { records } = await query(
      `SELECT ${COLUMNS.map((name) => `r.${name}`).join(', ')} FROM ${table} r
       JOIN (SELECT seq, size, SUM(size) OVER (ORDER BY seq) AS through
             FROM (SELECT seq, size FROM ${table} WHERE slot = ${parameter(1)} ORDER BY seq LIMIT ${most}) next_ones) measured
         ON r.seq = measured.seq
       WHERE r.slot = ${parameter(2)} AND (measured.through <= ${bytes} OR measured.through = measured.size) ORDER BY r.seq`,
      [slot, slot],
    );
    return records.map(numbered);
  }

  /** Slots, of those of an owner, in which something waits. */
  async waiting(query: Query, owner: string): Promise<readonly number[]> {
    const { records: table, slots } = this.tables;
    const { records } = await query(
      `SELECT s.slot FROM ${slots} s WHERE s.owner = ${this.dialect.parameter(1)}
       AND EXISTS (SELECT 1 FROM ${table} r WHERE r.slot = s.slot)`,
      [owner],
    );
    return records.map(({ slot }) => Number(slot));
  }

  async remove(query: Query, slot: number, rows: readonly NumberedRow[]): Promise<void> {
    const { parameter } = this.dialect;
    const places = rows.map((_, i) => parameter(i + 2)).join();
    await query(`DELETE FROM ${this.tables.records} WHERE slot = ${parameter(1)} AND seq IN (${places})`, [
      slot,
      ...rows.map(({ seq }) => seq),
    ]);
  }

  /** It has left its slot. */
  async bury(query: Query, slot: number, { seq }: NumberedRow, refusal: string): Promise<void> {
    const { parameter } = this.dialect;
    await query(
      `UPDATE ${this.tables.records} SET slot = ${DEAD}, refusal = ${parameter(1)} WHERE slot = ${parameter(2)} AND seq = ${parameter(3)}`,
      [refusal.slice(0, LONGEST_REFUSAL), slot, seq],
    );
  }

  /** Dead ones after a number, in the order of their numbers. */
  async dead(query: Query, after: number, limit: number): Promise<readonly DeadRow[]> {
    const { parameter } = this.dialect;
    const { records } = await query(
      `SELECT ${COLUMNS.join(', ')}, refusal FROM ${this.tables.records}
       WHERE slot = ${DEAD} AND seq > ${parameter(1)} ORDER BY seq LIMIT ${limit}`,
      [after],
    );
    return records.map((row) => ({ ...numbered(row), refusal: String(row.refusal) }));
  }

  /** False: there is no dead one of that number any more. */
  async discard(query: Query, seq: number): Promise<boolean> {
    const { parameter } = this.dialect;
    const { affected } = await query(
      `DELETE FROM ${this.tables.records} WHERE slot = ${DEAD} AND seq = ${parameter(1)}`,
      [seq],
    );
    return affected === 1;
  }

  /** How many wait, since when the oldest of them does, in ms since the epoch, and how many are dead. */
  async count(query: Query): Promise<{ waiting: number; oldest: number | undefined; dead: number }> {
    const { records } = await query(
      `SELECT SUM(CASE WHEN slot = ${DEAD} THEN 0 ELSE 1 END) AS waiting, SUM(CASE WHEN slot = ${DEAD} THEN 1 ELSE 0 END) AS dead,
         MIN(CASE WHEN slot = ${DEAD} THEN NULL ELSE added_at END) AS oldest FROM ${this.tables.records}`,
    );
    const { waiting, dead, oldest } = records[0]!;
    return {
      waiting: Number(waiting ?? 0),
      oldest: oldest === null ? undefined : Number(oldest),
      dead: Number(dead ?? 0),
    };
  }
}

function numbered(row: Record<string, any>): NumberedRow {
  return {
    seq: Number(row.seq),
    topic: row.topic,
    partition: row.record_partition,
    key: row.record_key,
    value: row.record_value,
    headers: row.record_headers,
    size: row.size,
    addedAt: Number(row.added_at),
  };
}

function* chunks(rows: readonly RecordRow[]): Generator<readonly RecordRow[]> {
  let chunk: RecordRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    if (chunk.length === CHUNK.rows || (chunk.length > 0 && bytes + row.size > CHUNK.bytes)) {
      yield chunk;
      [chunk, bytes] = [[], 0];
    }
    chunk.push(row);
    bytes += row.size;
  }
  if (chunk.length > 0) yield chunk;
}
