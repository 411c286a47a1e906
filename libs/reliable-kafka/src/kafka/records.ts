import type { Batch, KafkaMessage } from 'kafkajs';
import type { ConsumedRecord, FetchedRecords, RecordBatch } from '../contracts/index.js';

/** kafkajs does not declare it: where the fetch that brought this batch began. */
export interface FetchedBatch extends Batch {
  readonly fetchedOffset: string;
}

export function toRecordBatch(batch: Batch): RecordBatch {
  const { topic, partition, messages } = batch;
  // Not the last message: control records and aborted transactions behind it are covered, too.
  return {
    topic,
    partition,
    records: new LazyRecords(topic, partition, messages),
    bytes: messages.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0),
    nextOffset: BigInt(batch.lastOffset()) + 1n,
    highWatermark: BigInt(batch.highWatermark),
  };
}

/** Makes each record as it is looked at, so that what waits in a fetch of thousands holds kafkajs's messages only. */
class LazyRecords implements FetchedRecords {
  constructor(
    private readonly topic: string,
    private readonly partition: number,
    private readonly messages: readonly KafkaMessage[],
  ) {}

  get length(): number {
    return this.messages.length;
  }

  at(index: number): ConsumedRecord | undefined {
    const message = this.messages[index];
    if (!message) return undefined;
    const { offset, key, value, headers, timestamp } = message;
    return { topic: this.topic, partition: this.partition, offset: BigInt(offset), key, value, headers, timestamp };
  }

  *[Symbol.iterator](): Iterator<ConsumedRecord> {
    for (let i = 0; i < this.length; i++) yield this.at(i)!;
  }
}
