import type { CompressionTypes, ProducerConfig } from 'kafkajs';
import type { Partitioner } from './producing.js';

/** So many records, so many of their bytes, or both, in each `per` milliseconds (default 1,000); what was not used is saved up for one more `per`. */
export interface RateLimitOptions {
  readonly records?: number;
  /** Of keys, values and headers, before compression. */
  readonly bytes?: number;
  readonly per?: number;
}

export interface ReliableProducerOptions extends Omit<
  ProducerConfig,
  'idempotent' | 'maxInFlightRequests' | 'createPartitioner' | 'transactionalId'
> {
  /** Asked for every message that names no partition; the key's hash (murmur2, as Kafka's Java client) and then spread decide when it answers `undefined`. */
  readonly partitioner?: Partitioner;
  /** How long a message is tried, in ms, before it is given up; `retry.retries` can end it earlier. Default 120,000. */
  readonly deliveryTimeout?: number;
  /** kafkajs `CompressionTypes`; none by default. */
  readonly compression?: CompressionTypes;
  /** How long an enqueued message waits for others to travel with, in ms, while its batch is not full. `send` does not wait. Default 5. */
  readonly linger?: number;
  /** The most that one partition gets in one request. Default 500 records and 900,000 bytes: brokers take 1 MiB by default. */
  readonly batch?: { readonly records?: number; readonly bytes?: number };
  /** Enqueued messages without an outcome: `enqueue` waits while there are so many. Default 100,000 records and 32 MiB. */
  readonly maxBuffered?: { readonly records?: number; readonly bytes?: number };
  /** What is sent at most, `send` and `enqueue` together. What waits for its turn waits inside `deliveryTimeout`. No limit by default. */
  readonly rateLimit?: RateLimitOptions;
  /** Requests under way to one broker, each with partitions of its own; one partition has one at most, so that order holds. Default 1. */
  readonly shards?: number;
}
