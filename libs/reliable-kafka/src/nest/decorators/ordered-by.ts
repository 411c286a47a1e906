import type { KeyFunction, NOTHING, PARTITION, RECORD_KEY, TOPIC } from '../../contracts/index.js';
import type { Path } from './path.js';
import type { AnyClass } from './policies.js';
import { policyDecorator } from './policies.js';

type Accepting<T, Parameters extends unknown[]> = T extends Parameters[number] ? unknown : never;

/** Decorates a controller, or a method that has a parameter for a `T`. */
export interface OrderedByDecorator<T> {
  (target: AnyClass): void;
  <Parameters extends unknown[]>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<(...args: Parameters) => any> & Accepting<T, Parameters>,
  ): void;
}

/**
 * Orders a handler's records, or those of all handlers of a controller: one at a time and in offset order per ordering key,
 * different keys in parallel. `7`, `7n` and `'7'` are one key.
 *
 * - a payload path, `@OrderedBy<SmsSubmitted>('userId')`: typed, and checked against the method's parameters. A tombstone has no payload
 *   and is ordered by its record key
 * - a function `(payload, record) => key`: pure, synchronous, not checked. It sees the value after the deserializer and before pipes
 * - `RECORD_KEY`, `PARTITION` (the default of an undecorated handler), `TOPIC` (start-up fails unless the topic has one partition), `NOTHING`
 *
 * A record in which the path or the function finds no key is not skipped: its partition stops there and says so.
 * The order holds inside a partition, so producers must route by the same key (`orderedBy` of `ReliableKafkaProducer.send`):
 * a record key that differs from the ordering key is warned of, once per topic.
 */
export function OrderedBy(path: string): OrderedByDecorator<any>;
export function OrderedBy<T>(path: Path<T>): OrderedByDecorator<T>;
export function OrderedBy<T = any>(select: KeyFunction<T>): OrderedByDecorator<any>;
export function OrderedBy(
  order: typeof RECORD_KEY | typeof PARTITION | typeof TOPIC | typeof NOTHING,
): OrderedByDecorator<any>;
export function OrderedBy(selector: unknown): OrderedByDecorator<any> {
  return policyDecorator('orderedBy', selector);
}
