import type { DataSource } from 'typeorm';
import type { Dialect } from '../dialect.js';
import type { Tables } from '../tables.js';
import { tableNaming } from '../tables.js';
import { outboxSqlOf } from './sql/index.js';

/** Quoted, with their schema where there is one. */
export interface OutboxTableNames {
  /** Records that wait, in the order of `seq` in each slot, and the dead ones. */
  readonly records: string;
  /** What writers lock, and whose a slot is. */
  readonly slots: string;
  /** Who is there to publish. */
  readonly relays: string;
}

/** In place of its slot a dead record has this. */
export const DEAD = -1;

export function outboxTableNames(dataSource: Pick<DataSource, 'options'>, dialect: Dialect): OutboxTableNames {
  const named = tableNaming(dataSource, dialect);
  return {
    records: named('reliable_kafka_outbox'),
    slots: named('reliable_kafka_outbox_slots'),
    relays: named('reliable_kafka_outbox_relays'),
  };
}

export function outboxTables(names: OutboxTableNames, dialect: Dialect): Tables {
  const { records, slots, relays } = names;
  return {
    probes: [
      `SELECT slot, seq, topic, record_partition, record_key, record_value, record_headers, size, added_at, refusal FROM ${records} WHERE 1 = 0`,
      `SELECT slot, name, owner FROM ${slots} WHERE 1 = 0`,
      `SELECT owner, expires_at FROM ${relays} WHERE 1 = 0`,
    ],
    create: outboxSqlOf(dialect).create(names),
  };
}

export function dropOutboxTables({ records, slots, relays }: OutboxTableNames): readonly string[] {
  return [records, slots, relays].map((table) => `DROP TABLE ${table}`);
}
