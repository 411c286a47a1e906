import type { RecordHeaders } from './record.js';

/** One message to send. Properties that are not named here are refused: a payload passed by mistake must not be dropped silently. */
export interface ReliableMessage<T = unknown> {
  /** Serialized as Nest's Kafka client does: objects as JSON, strings and buffers as they are, `null` as a tombstone. */
  readonly value: T;
  /** Becomes the record key, so that the partition follows it and `@OrderedBy` finds one key in one partition. */
  readonly orderedBy?: string | number | bigint;
  /** Wins over everything else. */
  readonly partition?: number;
  readonly headers?: RecordHeaders;
  /** The `message-id` header; a UUIDv7 when absent. */
  readonly id?: string;
}

/** Where an acknowledged message was stored. */
export interface DeliveryReport {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since the epoch, the broker's for topics with LogAppendTime, else the producer's. */
  readonly timestamp: number;
}

/** A record on its way: key, value and headers encoded, the partition chosen. */
export interface EncodedRecord {
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
  readonly timestamp: string;
}

/** A custom partitioner: asked for every message without an explicit partition; `undefined` leaves the choice to the key's hash, then spread. */
export type Partitioner = (message: {
  readonly topic: string;
  readonly key: Buffer | null;
  readonly value: unknown;
  readonly partitions: number;
}) => number | undefined;

/** The header that carries a message's identity from its producer to every consumer. */
export const MESSAGE_ID_HEADER = 'message-id';
