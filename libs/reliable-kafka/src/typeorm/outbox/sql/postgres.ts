import { postgres as dialect } from '../../postgres.js';
import type { OutboxSql, RecordRow } from './outbox-sql.js';

export const postgres: OutboxSql = {
  // At once, so all of it or nothing: IF NOT EXISTS fails when two processes create one thing at a time, and then the other one has it all.
  create: ({ records, slots, relays }) => [
    `CREATE TABLE IF NOT EXISTS ${records} (
       slot smallint NOT NULL, seq bigint GENERATED ALWAYS AS IDENTITY, topic text NOT NULL, record_partition integer, record_key bytea,
       record_value bytea, record_headers bytea NOT NULL, size integer NOT NULL, added_at bigint NOT NULL, refusal text,
       PRIMARY KEY (slot, seq));
     CREATE TABLE IF NOT EXISTS ${slots} (slot smallint PRIMARY KEY, name text NOT NULL, owner text);
     CREATE TABLE IF NOT EXISTS ${relays} (owner text PRIMARY KEY, expires_at timestamptz NOT NULL)`,
  ],
  async append(query, { records, slots }, slot, rows) {
    const column = <C extends keyof RecordRow>(name: C) => rows.map((row) => row[name]);
    const { affected } = await query(
      `WITH line AS (SELECT slot FROM ${slots} WHERE slot = $1 FOR UPDATE)
       INSERT INTO ${records} (slot, topic, record_partition, record_key, record_value, record_headers, size, added_at)
       SELECT line.slot, r.topic, r.record_partition, r.record_key, r.record_value, r.record_headers, r.size, r.added_at
       FROM line, unnest($2::text[], $3::integer[], $4::bytea[], $5::bytea[], $6::bytea[], $7::integer[], $8::bigint[]) WITH ORDINALITY
         AS r (topic, record_partition, record_key, record_value, record_headers, size, added_at, place)
       ORDER BY r.place`,
      [
        slot,
        column('topic'),
        column('partition'),
        column('key'),
        column('value'),
        column('headers'),
        column('size'),
        column('addedAt'),
      ],
    );
    return affected ?? 0;
  },
  async announce(query, { relays }, owner, lease) {
    await query(
      `INSERT INTO ${relays} (owner, expires_at) VALUES ($1, ${dialect.clockPlus(lease)})
       ON CONFLICT (owner) DO UPDATE SET expires_at = excluded.expires_at`,
      [owner],
    );
  },
};
