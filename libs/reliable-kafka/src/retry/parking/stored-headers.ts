import type { RecordHeaders } from '../../contracts/index.js';

/** A value as bytes or as text, which is what handlers were given: `[1, base64]` or `[0, text]`. */
type StoredValue = readonly [isBytes: 0 | 1, value: string];
type Stored = readonly (readonly [name: string, values: readonly StoredValue[], isList: 0 | 1])[];

/** Headers as bytes, from which they come back as they were: their names in their order, lists as lists. Empty where there are none. */
export function storedHeaders(headers: RecordHeaders | undefined): Buffer {
  if (!headers) return Buffer.alloc(0);
  const stored: Stored = Object.entries(headers)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, [value!].flat().map(store), Array.isArray(value) ? 1 : 0]);
  return Buffer.from(JSON.stringify(stored));
}

export function parseHeaders(bytes: Buffer): RecordHeaders | undefined {
  if (bytes.length === 0) return undefined;
  const stored = JSON.parse(bytes.toString()) as Stored;
  return Object.fromEntries(
    stored.map(([name, values, isList]) => [name, isList ? values.map(restore) : restore(values[0]!)]),
  );
}

function store(value: Buffer | string): StoredValue {
  return typeof value === 'string' ? [0, value] : [1, value.toString('base64')];
}

function restore([isBytes, value]: StoredValue): Buffer | string {
  return isBytes ? Buffer.from(value, 'base64') : value;
}
