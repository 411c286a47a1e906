import { ReliableKafkaError } from './errors.js';
import type { RecordHeaders } from './record.js';

/** A record that is to be published: encoded, and without a partition unless it was given one. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly partition: number | undefined;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
  /** Milliseconds since the epoch, in decimal digits. */
  readonly timestamp: string;
}

/**
 * Publishes as the only one of its name. Whoever opens the name takes it from all who have it, wherever they are: what they have under way is
 * not stored, and nothing that they publish later is.
 */
export interface FencedPublisher {
  /**
   * Stores the records in one transaction, those of one partition in the order given, and resolves when `min.insync.replicas` have it. One call
   * at a time. A publisher that rejected is of no further use: what it was given is stored or is not, as a whole. After `RefusedRecordsError` and
   * `RefusedBatchError` it is not.
   */
  publish(records: readonly OutgoingRecord[]): Promise<void>;
  /** Disconnects. Never rejects. */
  close(): Promise<void>;
}

export interface FencedPublishers {
  /** Resolves when the name is taken, and nothing of its earlier holders is under way any more. */
  open(name: string): Promise<FencedPublisher>;
}

/** These records are refused, each of them, however often they are sent. */
export class RefusedRecordsError extends ReliableKafkaError {
  override readonly name = 'RefusedRecordsError';
  constructor(readonly refused: ReadonlyMap<OutgoingRecord, Error>) {
    const [first] = refused.values();
    super(`${refused.size} records are refused: ${first?.message}`, { cause: first });
  }
}

/** One of the records is refused at least, or all of them together are too much: fewer at a time tell which. */
export class RefusedBatchError extends ReliableKafkaError {
  override readonly name = 'RefusedBatchError';
  constructor(options: ErrorOptions) {
    super('Records that were published together are refused', options);
  }
}
