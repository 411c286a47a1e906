import type { RecordRef } from './events.js';
import type { TopicPartition } from './topic-partition.js';

/** What is told of parked keys. */
export type ParkingEvent =
  /** The record has failed, and its key is parked with it, or parked again after a round. */
  | {
      readonly type: 'parked';
      readonly record: RecordRef;
      readonly handler: string;
      readonly error: unknown;
      readonly retryInMs: number;
    }
  /** The record's dead letter holds its key until it is replayed or discarded. */
  | { readonly type: 'key-held'; readonly record: RecordRef; readonly handler: string }
  /** The record waits behind those of its key that are parked. */
  | { readonly type: 'parked-behind'; readonly record: RecordRef; readonly handler: string }
  /** The last parked record of a key is done with: the key goes on in its lane. */
  | { readonly type: 'unparked'; readonly record: RecordRef; readonly handler: string }
  /** The bound on parked records of the key, or on parked keys of the partition, is reached: the record waits in its lane. */
  | { readonly type: 'parking-full'; readonly record: RecordRef; readonly handler: string; readonly retryInMs: number }
  /** The store did not take it, although it answers a probe: the record waits in its lane. */
  | {
      readonly type: 'parking-failed';
      readonly record: RecordRef;
      readonly handler: string;
      readonly error: unknown;
      readonly retryInMs: number;
    }
  /** Another process took the partition's parked keys over: nothing of the partition starts until they are taken over again. */
  | ({ readonly type: 'parking-fenced'; readonly error: unknown } & TopicPartition)
  /** Parked keys of a handler that does not exist here any more. */
  | ({ readonly type: 'parked-unclaimed'; readonly handler: string; readonly keys: number } & TopicPartition)
  /** Nobody could see which keys are due. */
  | { readonly type: 'parking-unseen'; readonly error: unknown };
