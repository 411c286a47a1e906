import type { ConsumedRecord } from './record.js';

/** Order by the record key: equal bytes, one at a time. Records without a key share one lane. */
export const RECORD_KEY = Symbol.for('nestjs-reliable-kafka:order:record-key');
/** Order as Kafka promises it: one record at a time per partition, partitions in parallel. The default of an undecorated handler. */
export const PARTITION = Symbol.for('nestjs-reliable-kafka:order:partition');
/** Strict global order: one record at a time. Start-up fails unless the topic has one partition. */
export const TOPIC = Symbol.for('nestjs-reliable-kafka:order:topic');
/** No order: every record may run beside every other one. */
export const NOTHING = Symbol.for('nestjs-reliable-kafka:order:nothing');

/** A function from the decoded value and its record to the ordering key. Pure and synchronous. `7` and `'7'` are one key. */
export type KeyFunction<T = any> = (payload: T, record: ConsumedRecord) => string | number | bigint;

/** What `@OrderedBy` takes: a payload path (`'user.id'`), a function, or one of the four symbols. */
export type OrderingSelector =
  string | KeyFunction | typeof RECORD_KEY | typeof PARTITION | typeof TOPIC | typeof NOTHING;
