import type { ConsumedRecord, OrderingSelector } from '../contracts/index.js';
import { NOTHING, PARTITION, RECORD_KEY, ReliableKafkaError, TOPIC } from '../contracts/index.js';

/** The selector found no key in a record. */
export class OrderingKeyError extends ReliableKafkaError {
  override readonly name = 'OrderingKeyError';
  constructor(selector: string, found: unknown) {
    super(
      `@OrderedBy(${selector}) found ${found === null ? 'null' : typeof found} where it needs a string, a number or a bigint`,
    );
  }
}

/** From a record and its decoded value to its lane's key; `undefined` where there is no order to keep. */
export type LaneKey = (payload: unknown, record: ConsumedRecord) => string | undefined;

/** The lane of records without a key. The character keeps it apart from every key, which begin with `=`. */
const NO_KEY = '-';

/** Compiles a selector once, so that a record costs one call. Throws nothing; the compiled function throws `OrderingKeyError`. */
export function compileKey(selector: OrderingSelector): LaneKey {
  switch (selector) {
    case NOTHING:
      return () => undefined;
    case PARTITION:
    case TOPIC:
      return () => '';
    case RECORD_KEY:
      return (_payload, record) => recordKey(record);
  }
  if (typeof selector === 'function') {
    return (payload, record) => laneKey(selector(payload, record), selector.name || 'function');
  }
  const path = String(selector).split('.');
  if (path.length === 1) {
    const [name] = path as [string];
    return (payload, record) =>
      payload === null
        ? recordKey(record)
        : laneKey((payload as Record<string, unknown> | undefined)?.[name], `'${name}'`);
  }
  return (payload, record) =>
    payload === null ? recordKey(record) : laneKey(follow(payload, path), `'${path.join('.')}'`);
}

/** Whether the record was routed by something else than its ordering key: then equal keys may lie in several partitions, where nobody can order them. */
export function routedByAnother(key: string | undefined, record: ConsumedRecord): boolean {
  if (!record.key) return true;
  if (key === undefined || key.length === 0) return false;
  const text = key.slice(1);
  if (record.key.length === text.length) return record.key.toString('latin1') !== text;
  return record.key.toString() !== text;
}

function recordKey(record: ConsumedRecord): string {
  return record.key ? `=${record.key.toString('latin1')}` : NO_KEY;
}

function laneKey(value: unknown, selector: string): string {
  switch (typeof value) {
    case 'string':
      return `=${value}`;
    case 'number':
      if (Number.isNaN(value)) break;
      return `=${value}`;
    case 'bigint':
      return `=${value}`;
  }
  throw new OrderingKeyError(selector, value);
}

function follow(payload: unknown, path: readonly string[]): unknown {
  let value = payload;
  for (const name of path) {
    if (value === null || value === undefined) return value;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
