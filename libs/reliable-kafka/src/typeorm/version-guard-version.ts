import type { ConsumedRecord } from '../contracts/index.js';
import { FatalError } from '../contracts/index.js';
import type { GuardKeySelector } from '../idempotency/index.js';
import { integerOf } from './row-id.js';
import { nameOf, selected } from './row-selector.js';

/** `latest`: any version that is higher than the stored one, for records that carry a state. `next`: exactly the one after it, for records that carry a change. */
export type VersionMode = 'latest' | 'next';

/** What the stored version makes of a record's. */
export type VersionVerdict = 'current' | 'duplicate' | 'superseded' | 'premature';

export function verdictOn(mode: VersionMode, version: bigint, stored: bigint): VersionVerdict {
  if (mode === 'next') return version <= stored ? 'duplicate' : version === stored + 1n ? 'current' : 'premature';
  return version === stored ? 'duplicate' : version < stored ? 'superseded' : 'current';
}

export type ReadVersion = (payload: unknown, record: ConsumedRecord) => bigint;

/** In mode `next` versions are counted from 1, so that a row that is not there yet is at 0. */
export function versionReader(from: GuardKeySelector, mode: VersionMode): ReadVersion {
  const name = nameOf(from);
  return (payload, record) => {
    const found = selected(from, payload, record);
    const version = integerOf(found);
    if (version === undefined || (mode === 'next' && version < 1n)) throw new InvalidVersionError(name, found, mode);
    return version;
  };
}

/** A record has no version that could be compared. Another attempt would not find one either. */
export class InvalidVersionError extends FatalError {
  override readonly name = 'InvalidVersionError';
  constructor(selector: string, found: unknown, mode: VersionMode) {
    const wanted = mode === 'next' ? 'a whole number of at least 1' : 'a whole number';
    const what = ['string', 'number', 'bigint'].includes(typeof found) ? `'${String(found)}'` : String(found);
    super(
      `The version ${selector} of @Idempotent found ${what} where it needs ${wanted} (a number, a bigint, or decimal digits). ` +
        'Correct the selector, or what produces such records',
    );
  }
}
