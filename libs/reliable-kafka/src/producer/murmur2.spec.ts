import { describe, expect, it } from '@jest/globals';
import { murmur2 } from './murmur2.js';

describe('murmur2', () => {
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ])('hashes %j as the Java client does', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });

  it('takes every length of tail, and the empty key', () => {
    const hashes = ['', 'a', 'ab', 'abc', 'abcd', 'abcde'].map((text) => murmur2(Buffer.from(text)));
    expect(new Set(hashes).size).toBe(6);
    expect(hashes.every((hash) => (hash | 0) === hash)).toBe(true);
  });
});
