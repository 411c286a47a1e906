import type { DeliveryReport, EncodedRecord } from '../contracts/index.js';
import type { PartitionQuestion } from './partitioning.js';

/** What sends encoded records: the seam between the Kafka client and everything that has something to say. */
export interface ProducerCore {
  /**
   * How messages to this topic find their partition at present. Connects on first use; the partition count is refreshed in the background.
   * Rejects with `UnknownTopicError`, `ProducerClosedError`, or the client's error when no broker answers.
   */
  partitioning(topic: string): Promise<(message: PartitionQuestion) => number>;
  /**
   * Resolves when every record was stored by `min.insync.replicas`, with one report per record in the order given. Records of one partition
   * are stored in the order in which they were given, over all sends. Rejects with `DeliveryError`.
   */
  send(topic: string, records: readonly EncodedRecord[]): Promise<DeliveryReport[]>;
  /** Resolves when a broker answers; sends do not need it. Rejects with the client's error when none does. */
  connect(): Promise<void>;
  /** Refuses new sends, waits `timeout` ms at most (default 25,000) for those under way, disconnects. Idempotent. */
  close(timeout?: number): Promise<void>;
}
