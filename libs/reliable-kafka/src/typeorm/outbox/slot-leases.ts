import type { Dialect, Query } from '../dialect.js';
import { outboxSqlOf } from './sql/index.js';
import type { OutboxTableNames } from './tables.js';

/** A slot, and the name under which it is published from. */
export interface Slot {
  readonly slot: number;
  readonly name: string;
}

/**
 * Whose a slot is. A relay says from time to time that it is there, and what it has is free when it has not said so for as long as its lease, by the
 * database's clock. It says who ought to publish, and no more: that nobody else can is up to the broker.
 */
export class SlotLeases {
  constructor(
    private readonly dialect: Dialect,
    private readonly tables: OutboxTableNames,
    private readonly owner: string,
    private readonly lease: number,
  ) {}

  /** For one lease more. */
  announce(query: Query): Promise<void> {
    return outboxSqlOf(this.dialect).announce(query, this.tables, this.owner, this.lease);
  }

  async own(query: Query): Promise<readonly Slot[]> {
    const { records } = await query(
      `SELECT slot, name FROM ${this.tables.slots} WHERE owner = ${this.dialect.parameter(1)} ORDER BY slot`,
      [this.owner],
    );
    return records.map(({ slot, name }) => ({ slot: Number(slot), name }));
  }

  /** Slots that nobody has who is there. */
  async free(query: Query): Promise<readonly number[]> {
    const { records } = await query(`SELECT slot FROM ${this.tables.slots} WHERE ${this.isFree}`);
    return records.map(({ slot }) => Number(slot));
  }

  /** All slots, and the relays that are there. */
  async count(query: Query): Promise<{ slots: number; relays: number }> {
    const { records } = await query(
      `SELECT (SELECT COUNT(*) FROM ${this.tables.slots}) AS slots, (SELECT COUNT(*) FROM (${this.present}) present) AS relays`,
    );
    return { slots: Number(records[0]!.slots), relays: Number(records[0]!.relays) };
  }

  /** False: another one was first. */
  async take(query: Query, slot: number): Promise<boolean> {
    const { parameter } = this.dialect;
    const { affected } = await query(
      `UPDATE ${this.tables.slots} SET owner = ${parameter(1)} WHERE slot = ${parameter(2)} AND (${this.isFree})`,
      [this.owner, slot],
    );
    return affected === 1;
  }

  /** Whether it is still ours. */
  async holds(query: Query, slot: number): Promise<boolean> {
    const { parameter } = this.dialect;
    const { records } = await query(
      `SELECT slot FROM ${this.tables.slots} WHERE slot = ${parameter(1)} AND owner = ${parameter(2)} AND owner IN (${this.present})`,
      [slot, this.owner],
    );
    return records.length === 1;
  }

  async release(query: Query, slot: number): Promise<void> {
    const { parameter } = this.dialect;
    await query(
      `UPDATE ${this.tables.slots} SET owner = NULL WHERE slot = ${parameter(1)} AND owner = ${parameter(2)}`,
      [slot, this.owner],
    );
  }

  /** Gives up everything. */
  async leave(query: Query): Promise<void> {
    const { parameter } = this.dialect;
    await query(`UPDATE ${this.tables.slots} SET owner = NULL WHERE owner = ${parameter(1)}`, [this.owner]);
    await query(`DELETE FROM ${this.tables.relays} WHERE owner = ${parameter(1)}`, [this.owner]);
  }

  /** Deletes what is known of relays that are not there any more. */
  async forgetAbsent(query: Query): Promise<void> {
    await query(`DELETE FROM ${this.tables.relays} WHERE expires_at <= ${this.dialect.clock}`);
  }

  private get present(): string {
    return `SELECT owner FROM ${this.tables.relays} WHERE expires_at > ${this.dialect.clock}`;
  }

  private get isFree(): string {
    return `owner IS NULL OR owner NOT IN (${this.present})`;
  }
}
