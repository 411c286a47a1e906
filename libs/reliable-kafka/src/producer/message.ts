import type { RecordHeaders, ReliableMessage } from '../contracts/index.js';
import { InvalidMessageError } from './errors.js';
import { MESSAGE_ID_HEADER, newMessageId } from './message-id.js';

const PROPERTIES: ReadonlySet<string> = new Set<keyof ReliableMessage>([
  'value',
  'orderedBy',
  'partition',
  'headers',
  'id',
]);

/** Throws `InvalidMessageError` that names the topic, the message's place in its `send`, and the remedy. */
export function checkMessage(topic: string, message: ReliableMessage, index: number): void {
  const refuse = (what: string): never => {
    throw new InvalidMessageError(`Message ${index} to '${topic}': ${what}`);
  };
  if (typeof message !== 'object' || message === null) refuse(`it is ${describe(message)}; pass { value: … }`);
  for (const property of Object.keys(message)) {
    if (!PROPERTIES.has(property)) {
      refuse(
        `unknown property '${property}'; pass the payload as { value: payload } (known: ${[...PROPERTIES].join(', ')})`,
      );
    }
  }
  if (message.value === undefined) refuse('it has no `value`; pass null for a tombstone');
  const { orderedBy, headers, id } = message;
  if (orderedBy !== undefined && !isKey(orderedBy)) {
    refuse(`orderedBy is ${describe(orderedBy)}; it must be a string, a finite number or a bigint`);
  }
  if (id !== undefined && (typeof id !== 'string' || id === ''))
    refuse(`id is ${describe(id)}; it must be a text, or absent`);
  if (headers !== undefined) checkHeaders(headers, refuse);
}

/** The record key: `7`, `7n` and `'7'` are one. */
export function encodeKey(orderedBy: ReliableMessage['orderedBy']): Buffer | null {
  return orderedBy === undefined ? null : Buffer.from(String(orderedBy));
}

/** The message's headers and its identity: `id`, else a `message-id` header that it already has, else a new one. */
export function withMessageId(headers: RecordHeaders | undefined, id: string | undefined): RecordHeaders {
  return { ...headers, [MESSAGE_ID_HEADER]: id ?? headers?.[MESSAGE_ID_HEADER] ?? newMessageId() };
}

function checkHeaders(headers: RecordHeaders, refuse: (what: string) => never): void {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers))
    refuse(`headers is ${describe(headers)}; it must be an object`);
  for (const [name, value] of Object.entries(headers)) {
    const fits = (one: unknown) => typeof one === 'string' || Buffer.isBuffer(one);
    if (value !== undefined && !(Array.isArray(value) ? value.every(fits) : fits(value))) {
      refuse(`the header '${name}' is ${describe(value)}; headers are strings, buffers or lists of them`);
    }
  }
}

function isKey(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'bigint' || Number.isFinite(value);
}

function describe(value: unknown): string {
  if (value === '') return 'empty';
  return typeof value === 'object' && value !== null ? (Array.isArray(value) ? 'a list' : 'an object') : String(value);
}
