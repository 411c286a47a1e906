import type { DeliveryReport, EncodedRecord } from '../contracts/index.js';
import type { OnDelivery } from './enqueued.js';
import type { PartitionQuestion } from './partitioning.js';

/** Chooses the partition of a message to one topic, by the partitions that the topic has at present. */
export type ChoosePartition = (message: PartitionQuestion) => number;

/** What sends encoded records: the seam between the Kafka client and everything that has something to say. */
export interface ProducerCore {
  /**
   * Calls `encode` when the earlier sends to the topic have been encoded, with the number of partitions that it has, and resolves when every record that it gave was stored by
   * `min.insync.replicas`: with one report per record, in the order given. Records of one partition are stored in the order in which they
   * were given, over all sends. Connects on first use; the partition count is refreshed in the background.
   *
   * Rejects with `DeliveryError`; before anything is sent with `UnknownTopicError`, `TopicUnavailableError`, `ProducerClosedError`, or what
   * `encode` threw.
   */
  send(
    topic: string,
    encode: (
      choose: ChoosePartition,
      partitions: number,
    ) => readonly EncodedRecord[] | Promise<readonly EncodedRecord[]>,
  ): Promise<DeliveryReport[]>;
  /**
   * Calls `encode` when the earlier calls for the topic were accepted, and resolves when its record has a place in the buffer: after waiting for one
   * where there is none. It is stored in order with everything else that is sent to its partition; what becomes of it is told to `onDelivery`.
   *
   * Rejects, and buffers nothing, with `UnknownTopicError`, `TopicUnavailableError`, `ProducerClosedError`, or what `encode` threw.
   */
  enqueue(
    topic: string,
    encode: (choose: ChoosePartition) => EncodedRecord | Promise<EncodedRecord>,
    onDelivery?: OnDelivery,
  ): Promise<void>;
  /**
   * Sends what lingers, and resolves when everything enqueued before has its outcome. Rejects with `FlushError` when something without an `onDelivery`
   * has failed since the previous flush, or when not everything has its outcome after `timeout` ms.
   */
  flush(timeout?: number): Promise<void>;
  /** Resolves when a broker answers; sends do not need it. Rejects with the client's error when none does. */
  connect(): Promise<void>;
  /** Refuses new messages, waits `timeout` ms at most (default 25,000) for the outcomes of all others, disconnects. Idempotent. */
  close(timeout?: number): Promise<void>;
}
