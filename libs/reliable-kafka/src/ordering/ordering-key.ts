import { isUtf8 } from 'node:buffer';
import type { ConsumedRecord, OrderingSelector } from '../contracts/index.js';
import { NOTHING, PARTITION, RECORD_KEY, ReliableKafkaError, TOPIC, valueAt } from '../contracts/index.js';

/** The selector found no key in a record. */
export class OrderingKeyError extends ReliableKafkaError {
  override readonly name = 'OrderingKeyError';
  constructor(selector: string, found: unknown) {
    super(
      `@OrderedBy(${selector}) found ${describe(found)} where it needs a string, a number or a bigint. ` +
        'Correct the selector, or what produces such records',
    );
  }
}

/** The lane of records without a key: no text is equal to it. */
export const NO_KEY = Symbol('no record key');

/** What lanes are told apart by. */
export type LaneKey = string | typeof NO_KEY;

/** From a record and its decoded value to its lane's key; `undefined` where there is no order to keep. */
export type KeyOf = (payload: unknown, record: ConsumedRecord) => LaneKey | undefined;

/** Compiles a selector once, so that a record costs one call. Throws nothing; the compiled function throws `OrderingKeyError`. */
export function compileKey(selector: OrderingSelector): KeyOf {
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
    const told = `'${name}'`;
    return (payload, record) =>
      payload === null ? recordKey(record) : laneKey((payload as Record<string, unknown> | undefined)?.[name], told);
  }
  const told = `'${path.join('.')}'`;
  return (payload, record) => (payload === null ? recordKey(record) : laneKey(valueAt(payload, path), told));
}

/** Whether the record was routed by something else than its ordering key: then equal keys may lie in several partitions, where nobody can order them. */
export function routedByAnother(key: LaneKey | undefined, record: ConsumedRecord): boolean {
  if (!record.key || typeof key !== 'string') return true;
  if (record.key.length !== key.length) return record.key.toString() !== key;
  // As many bytes as characters: ASCII, or no text. Compared in place, since this is asked for every record.
  for (let i = 0; i < key.length; i++) if (record.key[i] !== key.charCodeAt(i)) return true;
  return false;
}

/** As text where it is text, as in the payloads that tombstones have to stay in order with; else one character for each byte. */
function recordKey({ key }: ConsumedRecord): LaneKey {
  if (!key) return NO_KEY;
  const text = key.toString();
  return text.includes('\uFFFD') && !isUtf8(key) ? key.toString('latin1') : text;
}

function laneKey(value: unknown, selector: string): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      if (Number.isNaN(value)) break;
      return String(value);
    case 'bigint':
      return String(value);
  }
  throw new OrderingKeyError(selector, value);
}

function describe(found: unknown): string {
  return found === null || Number.isNaN(found) ? String(found) : typeof found;
}
