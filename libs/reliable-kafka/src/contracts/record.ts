/** Header values as they came over the wire; a name that was sent more than once holds a list. */
export type RecordHeaders = Record<string, Buffer | string | (Buffer | string)[] | undefined>;

/** One Kafka record, as fetched: raw bytes, nothing decoded. */
export interface ConsumedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: Buffer | null;
  /** `null` is a tombstone. */
  readonly value: Buffer | null;
  readonly headers: RecordHeaders | undefined;
  /** Milliseconds since the epoch, in decimal digits, as Kafka gave it. */
  readonly timestamp: string;
}

/** The records of a batch. They may be made only when they are asked for: a backlog of them is long, and each is looked at once. */
export interface FetchedRecords extends Iterable<ConsumedRecord> {
  readonly length: number;
  at(index: number): ConsumedRecord | undefined;
}

/** What one fetch brought for one partition. `records` may be empty: control records and aborted transactions move the position, too. */
export interface RecordBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: FetchedRecords;
  /** Of keys and values together. */
  readonly bytes: number;
  /** The offset after the last one that this batch covers: where fetching goes on. */
  readonly nextOffset: bigint;
  readonly highWatermark: bigint;
}

/** Bytes that a record keeps alive while it is buffered (key and value; headers are small and not counted). */
export function recordBytes(record: ConsumedRecord): number {
  return (record.key?.length ?? 0) + (record.value?.length ?? 0);
}
