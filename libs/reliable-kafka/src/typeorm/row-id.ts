import type { ConsumedRecord } from '../contracts/index.js';
import { FatalError } from '../contracts/index.js';
import type { GuardKeySelector } from '../idempotency/index.js';
import { MissingKeyError } from '../idempotency/index.js';
import { nameOf, selected } from './row-selector.js';

/** The value of the column that says which row a record is about. */
export type RowId = string | bigint;

export type ReadRowId = (payload: unknown, record: ConsumedRecord) => RowId;

/**
 * Reads it in the type of its column. A database that is left to compare a text with a number may find the row of another one: for MySQL
 * `'12abc'` equals 12, and 7 equals `'7th'`.
 */
export function rowIdReader(from: GuardKeySelector, isInteger: boolean): ReadRowId {
  const name = nameOf(from);
  return (payload, record) => {
    const found = selected(from, payload, record);
    if (!isId(found)) throw new MissingKeyError(name, found);
    if (!isInteger) return String(found);
    return integerOf(found) ?? refuse(name, found);
  };
}

/** A whole number in any of the types in which records carry one; `undefined` for anything else, and where digits were lost on the way. */
export function integerOf(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  return typeof value === 'string' && /^-?\d{1,19}$/.test(value) ? BigInt(value) : undefined;
}

function isId(value: unknown): value is string | number | bigint {
  return (typeof value === 'string' && value !== '') || typeof value === 'bigint' || Number.isFinite(value);
}

function refuse(name: string, found: string | number | bigint): never {
  throw new FatalError(
    `The id ${name} of @Idempotent found '${found}' for a column of whole numbers. Correct the selector, or what produces such records`,
  );
}
