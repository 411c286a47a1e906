import type { DeliveryReport, EncodedRecord } from '../contracts/index.js';
import type { PartitionQuestion } from './partitioning.js';

/** Chooses the partition of a message to one topic, by the partitions that the topic has at present. */
export type ChoosePartition = (message: PartitionQuestion) => number;

/** What sends encoded records: the seam between the Kafka client and everything that has something to say. */
export interface ProducerCore {
  /**
   * Calls `encode` when the earlier sends to the topic have been encoded, and resolves when every record that it gave was stored by
   * `min.insync.replicas`: with one report per record, in the order given. Records of one partition are stored in the order in which they
   * were given, over all sends. Connects on first use; the partition count is refreshed in the background.
   *
   * Rejects with `DeliveryError`; before anything is sent with `UnknownTopicError`, `TopicUnavailableError`, `ProducerClosedError`, or what
   * `encode` threw.
   */
  send(
    topic: string,
    encode: (choose: ChoosePartition) => readonly EncodedRecord[] | Promise<readonly EncodedRecord[]>,
  ): Promise<DeliveryReport[]>;
  /** Resolves when a broker answers; sends do not need it. Rejects with the client's error when none does. */
  connect(): Promise<void>;
  /** Refuses new sends, waits `timeout` ms at most (default 25,000) for those under way, disconnects. Idempotent. */
  close(timeout?: number): Promise<void>;
}
