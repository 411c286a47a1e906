import { createHash } from 'node:crypto';
import type { GuardKey } from '../contracts/index.js';

/**
 * The row that a key has: 32 bytes, so that no length, collation or letter case makes two keys one. The text is hashed in the encoding that
 * JavaScript has it in, because UTF-8 has one replacement for all lone surrogates.
 */
export function claimId({ scope, key }: GuardKey): Buffer {
  return createHash('sha256')
    .update(`${scope.length}:`)
    .update(Buffer.from(scope + key, 'utf16le'))
    .digest();
}
