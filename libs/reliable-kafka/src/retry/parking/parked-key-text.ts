/**
 * An ordering key as the store has it: JSON, in which any text survives, lone surrogates and NUL included. `null` is the key of records without one, which
 * are in order, too. A record without order is a key of its own: its offset.
 */
export function parkedKeyText(key: string | null | undefined, offset: bigint): string {
  return key === undefined ? String(offset) : JSON.stringify(key);
}

/** The key of a text: `undefined` for records without order. */
export function parseParkedKey(text: string): string | null | undefined {
  const key: unknown = JSON.parse(text);
  return typeof key === 'number' ? undefined : (key as string | null);
}
