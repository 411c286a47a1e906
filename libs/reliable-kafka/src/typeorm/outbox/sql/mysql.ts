import { mysql as dialect } from '../../mysql.js';
import { insertRows } from './insert-rows.js';
import type { OutboxSql } from './outbox-sql.js';

export const mysql: OutboxSql = {
  create: ({ records, slots, relays }) => [
    `CREATE TABLE IF NOT EXISTS ${records} (
      slot SMALLINT NOT NULL, seq BIGINT NOT NULL AUTO_INCREMENT, topic VARCHAR(255) NOT NULL, record_partition INT, record_key LONGBLOB,
      record_value LONGBLOB, record_headers LONGBLOB NOT NULL, size INT NOT NULL, added_at BIGINT NOT NULL, refusal TEXT CHARACTER SET utf8mb4,
      PRIMARY KEY (slot, seq), UNIQUE KEY reliable_kafka_outbox_seq (seq)) ENGINE = InnoDB`,
    `CREATE TABLE IF NOT EXISTS ${slots} (
      slot SMALLINT PRIMARY KEY, name VARCHAR(255) NOT NULL, owner VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin) ENGINE = InnoDB`,
    `CREATE TABLE IF NOT EXISTS ${relays} (
      owner VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY, expires_at DATETIME(3) NOT NULL) ENGINE = InnoDB`,
  ],
  async append(query, tables, slot, rows) {
    const { records: locked } = await query(`SELECT slot FROM ${tables.slots} WHERE slot = ? FOR UPDATE`, [slot]);
    return locked.length === 0 ? 0 : insertRows(query, tables, slot, rows);
  },
  async announce(query, { relays }, owner, lease) {
    await query(
      `INSERT INTO ${relays} (owner, expires_at) VALUES (?, ${dialect.clockPlus(lease)}) ON DUPLICATE KEY UPDATE expires_at = VALUES(expires_at)`,
      [owner],
    );
  },
};
