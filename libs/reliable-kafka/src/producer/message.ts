import type { RecordHeaders, ReliableMessage } from '../contracts/index.js';
import { InvalidMessageError } from './errors.js';
import { MESSAGE_ID_HEADER } from '../contracts/index.js';
import { newMessageId } from './message-id.js';

const PROPERTIES: readonly string[] = [
  'value',
  'orderedBy',
  'partition',
  'headers',
  'id',
] satisfies (keyof ReliableMessage)[];

/** Throws `InvalidMessageError` that names the place, as it was given, and the remedy. */
export function checkMessage(message: ReliableMessage, where: string): void {
  const refuse = (what: string): never => {
    throw new InvalidMessageError(`${where}: ${what}`);
  };
  if (typeof message !== 'object' || message === null) refuse(`it is ${describe(message)}; pass { value: … }`);
  const unknown = Object.keys(message).find((property) => !PROPERTIES.includes(property));
  if (unknown) {
    refuse(`unknown property '${unknown}'; pass the payload as { value: payload } (known: ${PROPERTIES.join(', ')})`);
  }
  if (message.value === undefined) refuse('it has no `value`; pass null for a tombstone');
  if (message.id !== undefined && (typeof message.id !== 'string' || message.id === '')) {
    refuse(`id is ${describe(message.id)}; it must be a text, or absent`);
  }
}

/** The record key: `7`, `7n` and `'7'` are one. Throws `InvalidMessageError` that names the place, as it was given. */
export function encodeKey(orderedBy: unknown, where: string): string {
  if (typeof orderedBy === 'string' || typeof orderedBy === 'bigint' || Number.isFinite(orderedBy)) {
    return String(orderedBy);
  }
  throw new InvalidMessageError(`${where} is ${describe(orderedBy)}; it must be a string, a finite number or a bigint`);
}

/**
 * The headers that can be sent, with the message's identity: `id`, else a `message-id` header that is there already, else a new one.
 * Throws `InvalidMessageError` that names the place, as it was given.
 */
export function encodeHeaders(
  headers: RecordHeaders | undefined,
  id: string | undefined,
  where: string,
): RecordHeaders {
  const encoded: RecordHeaders = {};
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || value === null) continue;
    if (!(Array.isArray(value) ? value.every(isBytes) : isBytes(value))) {
      throw new InvalidMessageError(
        `${where}: the header '${name}' is ${describe(value)}; headers are strings, buffers or lists of them`,
      );
    }
    encoded[name] = value;
  }
  if (id !== undefined) encoded[MESSAGE_ID_HEADER] = id;
  else encoded[MESSAGE_ID_HEADER] ??= newMessageId();
  return encoded;
}

/** What goes over the wire for a key or a value. Throws `InvalidMessageError` that names the place, as it was given. */
export function encodeBytes(data: unknown, where: string): Buffer | null {
  if (data === null || data === undefined) return null;
  if (Buffer.isBuffer(data)) return data;
  if (typeof data === 'string') return Buffer.from(data);
  throw new InvalidMessageError(
    `${where}: the serializer made ${describe(data)} of it; let it give a string, a Buffer or null`,
  );
}

function isBytes(value: unknown): boolean {
  return typeof value === 'string' || Buffer.isBuffer(value);
}

function describe(value: unknown): string {
  if (value === '') return 'empty';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : `${typeof value} ${String(value)}`;
}
