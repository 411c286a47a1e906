import type { RecordHeaders } from '../../contracts/index.js';
import { cut } from './cut.js';

/**
 * The headers of a dead letter, all of them texts. The record's own stay as they are, beside them.
 *
 * Together they take less than `HEADER_BYTES`, so that the largest record that the source takes fits into a dead letter topic whose
 * `max.message.bytes` is so much larger.
 */
export const DLT = {
  /** Where the record stood, and when it was sent. */
  topic: 'dlt-topic',
  partition: 'dlt-partition',
  offset: 'dlt-offset',
  timestamp: 'dlt-timestamp',
  /** Whose dead letter it is: the group, the handler's name (empty by default), and its class and method. */
  group: 'dlt-group',
  handler: 'dlt-handler',
  label: 'dlt-handler-label',
  /** What it was ordered by, and what its guard recognizes it by; absent where there is no such key, or where it is longer than `KEY_BYTES`. */
  orderingKey: 'dlt-ordering-key',
  guardKey: 'dlt-guard-key',
  /** A `DeathReason`. */
  reason: 'dlt-reason',
  /** The runs of the handler, as far as they were counted. */
  attempts: 'dlt-attempts',
  /** Class, message and stack of the error. */
  error: 'dlt-error',
  errorMessage: 'dlt-error-message',
  errorStack: 'dlt-error-stack',
  /** When it died, in ms since the epoch. */
  at: 'dlt-at',
  /** `true` where its key is held until it is replayed or discarded; absent otherwise. */
  held: 'dlt-held',
  /** Headers of the record that had no value, which kafkajs cannot send: they are there, empty. `{ name: [positions] }` as JSON. */
  nulls: 'dlt-null-headers',
} as const;

/** How much larger a dead letter topic's `max.message.bytes` has to be than its source's. */
export const HEADER_BYTES = 64 * 1024;

export const KEY_BYTES = 10 * 1024;
const LIMITS = { name: 1024, message: 4 * 1024, stack: 24 * 1024, nulls: 4 * 1024 };

/** A dead letter that died once more: the headers of its first death are kept behind this. */
const EARLIER = 'dlt-original-';
const OURS = 'dlt-';

export interface LetterFields {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: string;
  readonly group: string;
  readonly handler: string;
  readonly label: string;
  readonly orderingKey: string | undefined;
  readonly guardKey: string | undefined;
  readonly reason: string;
  readonly attempts: number;
  readonly error: { readonly name: string; readonly message: string; readonly stack: string };
  readonly at: number;
  readonly held: boolean;
}

export function writeHeaders(original: RecordHeaders | undefined, fields: LetterFields): RecordHeaders {
  const { error } = fields;
  const { headers, nulls } = sendable(original);
  return {
    ...headers,
    [DLT.topic]: fields.topic,
    [DLT.partition]: String(fields.partition),
    [DLT.offset]: String(fields.offset),
    [DLT.timestamp]: fields.timestamp,
    [DLT.group]: fields.group,
    [DLT.handler]: fields.handler,
    [DLT.label]: cut(fields.label, LIMITS.name),
    ...key(DLT.orderingKey, fields.orderingKey),
    ...key(DLT.guardKey, fields.guardKey),
    [DLT.reason]: fields.reason,
    [DLT.attempts]: String(fields.attempts),
    [DLT.error]: cut(error.name, LIMITS.name),
    [DLT.errorMessage]: cut(error.message, LIMITS.message),
    [DLT.errorStack]: cut(error.stack, LIMITS.stack),
    [DLT.at]: String(fields.at),
    ...(fields.held && { [DLT.held]: 'true' }),
    ...(nulls && { [DLT.nulls]: nulls }),
  };
}

/** `undefined` where they are not those of a dead letter. */
export function readHeaders(headers: RecordHeaders | undefined): LetterFields | undefined {
  const text = (name: string) => textOf(headers, name);
  const numbers = [DLT.partition, DLT.offset, DLT.timestamp, DLT.at].map((name) => text(name) ?? '');
  const [topic, group, handler] = [text(DLT.topic), text(DLT.group), text(DLT.handler)];
  if (!topic || group === undefined || handler === undefined) return undefined;
  if (!numbers.every((digits) => /^-?\d{1,19}$/.test(digits))) return undefined;
  const [partition, offset, timestamp, at] = numbers as [string, string, string, string];
  return {
    topic,
    partition: Number(partition),
    offset: BigInt(offset),
    timestamp,
    group,
    handler,
    label: text(DLT.label) ?? '',
    orderingKey: text(DLT.orderingKey),
    guardKey: text(DLT.guardKey),
    reason: text(DLT.reason) ?? '',
    attempts: Number(text(DLT.attempts) ?? 0),
    at: Number(at),
    held: text(DLT.held) === 'true',
    // On demand: it is long, and most of those who look at many letters do not look at it.
    get error() {
      return {
        name: text(DLT.error) ?? '',
        message: text(DLT.errorMessage) ?? '',
        stack: text(DLT.errorStack) ?? '',
      };
    },
  };
}

/** The record's own headers, as they were before it died. */
export function originalHeaders(headers: RecordHeaders): RecordHeaders {
  const nulls = nullsOf(headers);
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !name.startsWith(OURS) || name.startsWith(EARLIER))
      .map(([name, value]) => [
        name.startsWith(EARLIER) ? name.slice(EARLIER.length) : name,
        withNulls(value, nulls[name]),
      ]),
  );
}

/** The text of a header of ours. */
export function textOf(headers: RecordHeaders | undefined, name: string): string | undefined {
  const value = headers?.[name];
  return value === undefined || value === null || Array.isArray(value) ? undefined : String(value);
}

function key(name: string, value: string | undefined): RecordHeaders {
  return value === undefined || Buffer.byteLength(value) > KEY_BYTES ? {} : { [name]: value };
}

function sendable(original: RecordHeaders = {}): { readonly headers: RecordHeaders; readonly nulls: string } {
  const nulls: Record<string, number[]> = Object.create(null);
  const headers = Object.fromEntries(
    Object.entries(original).map(([name, value]) => {
      const kept = name.startsWith(OURS) ? EARLIER + name : name;
      const values = [value].flat();
      const empty = values.flatMap((one, i) => (one === undefined || one === null ? [i] : []));
      if (empty.length > 0) nulls[kept] = empty;
      return [kept, filled(value)];
    }),
  );
  const told = Object.keys(nulls).length > 0 ? JSON.stringify(nulls) : '';
  return { headers, nulls: Buffer.byteLength(told) > LIMITS.nulls ? '' : told };
}

/** With empty values where there are none: kafkajs cannot send those. */
export function filledHeaders(headers: RecordHeaders | undefined): RecordHeaders {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, filled(value)]));
}

function filled(value: RecordHeaders[string]): Buffer | string | (Buffer | string)[] {
  return Array.isArray(value) ? value.map((one) => one ?? '') : (value ?? '');
}

function nullsOf(headers: RecordHeaders): Readonly<Record<string, readonly number[]>> {
  try {
    return JSON.parse(textOf(headers, DLT.nulls) ?? '{}') as Record<string, number[]>;
  } catch {
    return {};
  }
}

/** kafkajs gives `null` for a header without a value, whatever its types say. */
function withNulls(value: RecordHeaders[string], empty: readonly number[] | undefined): RecordHeaders[string] {
  if (!Array.isArray(empty)) return value;
  const values = [value].flat().map((one, i) => (empty.includes(i) ? (null as never) : one));
  return Array.isArray(value) ? (values as (Buffer | string)[]) : values[0];
}
