import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { ConsumedRecord, GuardKey } from '../contracts/index.js';
import { MESSAGE_ID_HEADER, valueAt } from '../contracts/index.js';
import { MissingKeyError, SelectorError } from './errors.js';
import { fingerprintOf } from './fingerprint.js';
import type { FingerprintSelector } from './fingerprint.js';

/** A payload path, or a function. Pure and synchronous; it sees the value after the deserializer and before pipes. */
export type GuardKeySelector = string | ((payload: any, record: ConsumedRecord) => string | number | bigint);

export interface GuardKeyOptions {
  readonly key?: GuardKeySelector;
  readonly fingerprint?: FingerprintSelector;
}

/** What a record is recognized by. */
export type ReadGuardKey = (payload: unknown, record: ConsumedRecord, scope: string) => GuardKey;

/**
 * The user's selector, else the `message-id` header, else the record's coordinates. Keys of the three kinds never meet. Coordinates recognize a
 * redelivery only, not a second send; time and content are part of them because a topic that is made anew counts from 0 again.
 * The key is read before the handler runs: what a handler does to its payload changes no key. What a selector throws is fatal: it would throw again.
 */
export function guardKeyReader({ key, fingerprint }: GuardKeyOptions): ReadGuardKey {
  if (key === undefined) return (_payload, record, scope) => ({ scope, key: ownKey(record), fingerprint: undefined });
  const told = typeof key === 'string' ? `'${key}'` : key.name || 'function';
  const find = finder(key);
  return (payload, record, scope) => {
    const found = find(payload, record);
    return {
      scope,
      key: `key:${text(found, told)}`,
      fingerprint: fingerprint && asked('fingerprint', () => fingerprintOf(payload, fingerprint)),
    };
  };
}

function finder(key: GuardKeySelector): (payload: unknown, record: ConsumedRecord) => unknown {
  if (typeof key === 'function') return (payload, record) => asked('key', () => key(payload, record));
  const path = key.split('.');
  return (payload) => valueAt(payload, path);
}

function ownKey(record: ConsumedRecord): string {
  const header = record.headers?.[MESSAGE_ID_HEADER];
  const id = Array.isArray(header) ? header[0] : header;
  if (!id?.length) return `at:${coordinates(record)}`;
  // Bytes that are no text would all read alike.
  return typeof id === 'string' || isUtf8(id) ? `id:${id}` : `bytes:${id.toString('base64url')}`;
}

function coordinates({ topic, partition, offset, timestamp, key, value }: ConsumedRecord): string {
  const hash = createHash('sha256');
  for (const bytes of [key, value]) hash.update(bytes === null ? '-' : `${bytes.length}:`).update(bytes ?? '');
  return `${topic}/${partition}/${offset}/${timestamp}/${hash.digest('base64url')}`;
}

function asked<T>(what: string, select: () => T): T {
  try {
    return select();
  } catch (cause) {
    throw new SelectorError(what, cause);
  }
}

function text(value: unknown, selector: string): string {
  const isKey = (typeof value === 'string' && value !== '') || typeof value === 'bigint' || Number.isFinite(value);
  if (!isKey) throw new MissingKeyError(selector, value);
  return String(value);
}
