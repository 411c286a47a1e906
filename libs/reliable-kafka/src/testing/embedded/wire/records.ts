import { gunzipSync } from 'node:zlib';
import { batchHeader, batchRecords, hasLogAppendTime } from './record-batch.js';
import { Reader } from './reader.js';

const inflate: Record<number, (records: Buffer) => Buffer> = { 0: (records) => records, 1: gunzipSync };

/**
 * Offset (within the batch) and timestamp of each record. Batches of a codec that Node cannot read everywhere
 * (snappy, lz4, zstd) are seen as one record with the newest time, so that a look-up lands before what it seeks, never
 * beyond it.
 */
export function recordTimestamps(batch: Buffer): { delta: number; timestamp: number }[] {
  const { baseTimestamp, maxTimestamp, compression, lastOffsetDelta } = batchHeader(batch);
  const open = inflate[compression];
  if (!open || hasLogAppendTime(batch)) return [{ delta: 0, timestamp: maxTimestamp }];
  const reader = new Reader(open(batchRecords(batch)));
  return Array.from({ length: lastOffsetDelta + 1 }, () => {
    const record = new Reader(reader.take(reader.varint()));
    record.int8(); // attributes
    const timestamp = baseTimestamp + record.varint();
    return { delta: record.varint(), timestamp };
  });
}
