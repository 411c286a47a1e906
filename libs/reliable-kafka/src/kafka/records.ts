import type { Batch } from 'kafkajs';
import type { ConsumedRecord, RecordBatch } from '../contracts/index.js';

/** kafkajs does not declare it: where the fetch that brought this batch began. */
export interface FetchedBatch extends Batch {
  readonly fetchedOffset: string;
}

export function toRecordBatch(batch: Batch): RecordBatch {
  const { topic, partition, messages } = batch;
  const records = new Array<ConsumedRecord>(messages.length);
  for (let i = 0; i < messages.length; i++) {
    const { offset, key, value, headers, timestamp } = messages[i]!;
    records[i] = { topic, partition, offset: BigInt(offset), key, value, headers, timestamp };
  }
  // Not the last message: control records and aborted transactions behind it are covered, too.
  return {
    topic,
    partition,
    records,
    nextOffset: BigInt(batch.lastOffset()) + 1n,
    highWatermark: BigInt(batch.highWatermark),
  };
}
