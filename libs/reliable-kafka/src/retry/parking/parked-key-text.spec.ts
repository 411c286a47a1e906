import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { parkedKeyText, parseParkedKey } from './parked-key-text.js';

describe('The text of a parked key', () => {
  it('says which key it is, whatever the key', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constant(null)), (key) => {
        expect(parseParkedKey(parkedKeyText(key, 7n))).toBe(key);
      }),
    );
    expect(parseParkedKey(parkedKeyText('\uD800', 7n))).toBe('\uD800');
  });

  it('is valid in every database: no NUL and no half of a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (key) => {
        const text = parkedKeyText(key, 7n);
        expect(text).not.toContain('\0');
        expect(Buffer.from(text).toString()).toBe(text);
      }),
    );
  });

  it('tells keys apart, also those that look like an offset or like nothing', () => {
    const texts = [
      parkedKeyText('7', 7n),
      parkedKeyText(undefined, 7n),
      parkedKeyText(null, 7n),
      parkedKeyText('null', 7n),
    ];
    expect(new Set(texts).size).toBe(4);
  });

  it('of a record without order is the offset, and names no key', () => {
    expect(parkedKeyText(undefined, 9_007_199_254_740_993n)).toBe('9007199254740993');
    expect(parseParkedKey('9007199254740993')).toBeUndefined();
  });
});
