import type { Query } from '../../dialect.js';
import type { OutboxTableNames } from '../tables.js';
import type { RecordRow } from './outbox-sql.js';

export async function insertRows(
  query: Query,
  { records }: OutboxTableNames,
  slot: number,
  rows: readonly RecordRow[],
): Promise<number> {
  const { affected } = await query(
    `INSERT INTO ${records} (slot, topic, record_partition, record_key, record_value, record_headers, size, added_at) VALUES ` +
      rows.map(() => '(?, ?, ?, ?, ?, ?, ?, ?)').join(', '),
    rows.flatMap(({ topic, partition, key, value, headers, size, addedAt }) => [
      slot,
      topic,
      partition,
      key,
      value,
      headers,
      size,
      addedAt,
    ]),
  );
  return affected ?? 0;
}
