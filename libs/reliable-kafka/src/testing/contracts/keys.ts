import { randomUUID } from 'node:crypto';
import type { GuardKey } from '../../contracts/index.js';

/** A key that no other case has used. */
export function newKey(more: Partial<GuardKey> = {}): GuardKey {
  return { scope: randomUUID(), key: randomUUID(), fingerprint: undefined, ...more };
}

/** So many keys of one scope, in no order. */
export function newKeys(count: number): GuardKey[] {
  const { scope } = newKey();
  return Array.from({ length: count }, () => newKey({ scope }));
}

const LONG = 'long '.repeat(200);

/** Keys of one scope that some column, collation or separator takes for one another. */
export const LOOK_ALIKES: Readonly<Record<string, readonly [string, string]>> = {
  'long keys that differ at their end': [`${LONG}a`, `${LONG}b`],
  'keys that differ in case': ['Key', 'key'],
  'keys that differ in trailing spaces': ['key', 'key '],
  'keys that differ in accents': ['cafe', 'café'],
  'keys that look the same in Unicode': ['caf\u00e9', 'cafe\u0301'],
  'keys beyond the basic plane': ['👍', '👎'],
  'keys that differ after a zero': ['key\u0000a', 'key\u0000b'],
};

/** Scopes and keys that are the same once they are joined. */
export function joinedAlike(): [GuardKey, GuardKey][] {
  const { scope } = newKey();
  return ['', '/', ':', '\n'].map((separator) => [
    newKey({ scope: `${scope}${separator}a`, key: 'b' }),
    newKey({ scope, key: `a${separator}b` }),
  ]);
}
