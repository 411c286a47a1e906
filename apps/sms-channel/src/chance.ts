import { createHash } from 'node:crypto';

/** Evenly spread over 0 to 1, and the same for the same words: a run can be repeated, whatever the timing was. */
export function chance(...words: (string | number)[]): number {
  return createHash('sha256').update(words.join('\n')).digest().readUInt32BE() / 2 ** 32;
}
