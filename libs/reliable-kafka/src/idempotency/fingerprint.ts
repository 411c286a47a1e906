import { createHash } from 'node:crypto';
import { valueAt } from '../contracts/index.js';

/**
 * The payload's fields that make a message what it is, as paths; or a function that picks them. Another choice, or another order, makes other
 * fingerprints: what was handled under the old ones is refused when it comes again.
 */
export type FingerprintSelector = readonly string[] | ((payload: any) => unknown);

/** SHA-256 of the chosen fields as JSON with sorted keys: the same for payloads that differ in the order of their properties only. */
export function fingerprintOf(payload: unknown, selector: FingerprintSelector): Buffer {
  const chosen =
    typeof selector === 'function' ? selector(payload) : selector.map((path) => valueAt(payload, path.split('.')));
  return createHash('sha256')
    .update(JSON.stringify(sorted(chosen)) ?? '')
    .digest();
}

function sorted(given: unknown): unknown {
  const value = asJson(given);
  if (typeof value === 'bigint') return { bigint: String(value) };
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, one]) => [name, sorted(one)]));
}

function asJson(value: unknown): unknown {
  const { toJSON } = (value ?? {}) as { toJSON?: unknown };
  return typeof toJSON === 'function' ? (toJSON.call(value) as unknown) : value;
}
