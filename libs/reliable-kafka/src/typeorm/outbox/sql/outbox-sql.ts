import type { Query } from '../../dialect.js';
import type { OutboxTableNames } from '../tables.js';

/** A record as its row has it. */
export interface RecordRow {
  readonly topic: string;
  readonly partition: number | null;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Buffer;
  /** About how many bytes it takes. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly addedAt: number;
}

/** What each database says in words of its own. */
export interface OutboxSql {
  create(tables: OutboxTableNames): readonly string[];
  /**
   * Locks the slot until the transaction ends, and inserts then: numbers are in the order of commits. Answers how many it has inserted.
   */
  append(query: Query, tables: OutboxTableNames, slot: number, rows: readonly RecordRow[]): Promise<number>;
  /** Says until when a relay is there. */
  announce(query: Query, tables: OutboxTableNames, owner: string, lease: number): Promise<void>;
}
