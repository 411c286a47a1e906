import { sqlite as dialect } from '../../sqlite.js';
import { insertRows } from './insert-rows.js';
import type { OutboxSql } from './outbox-sql.js';

export const sqlite: OutboxSql = {
  create: ({ records, slots, relays }) => [
    `CREATE TABLE IF NOT EXISTS ${records} (
      slot INTEGER NOT NULL, seq INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, record_partition INTEGER, record_key BLOB,
      record_value BLOB, record_headers BLOB NOT NULL, size INTEGER NOT NULL, added_at INTEGER NOT NULL, refusal TEXT)`,
    `CREATE INDEX IF NOT EXISTS reliable_kafka_outbox_slot ON ${records} (slot, seq)`,
    `CREATE TABLE IF NOT EXISTS ${slots} (slot INTEGER PRIMARY KEY, name TEXT NOT NULL, owner TEXT)`,
    `CREATE TABLE IF NOT EXISTS ${relays} (owner TEXT PRIMARY KEY, expires_at TEXT NOT NULL)`,
  ],
  // Whoever writes is the only one until its transaction ends.
  append: (query, tables, slot, rows) => insertRows(query, tables, slot, rows),
  async announce(query, { relays }, owner, lease) {
    await query(
      `INSERT INTO ${relays} (owner, expires_at) VALUES (?, ${dialect.clockPlus(lease)})
       ON CONFLICT (owner) DO UPDATE SET expires_at = excluded.expires_at`,
      [owner],
    );
  },
};
