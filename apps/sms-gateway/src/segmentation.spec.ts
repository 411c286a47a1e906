import * as fc from 'fast-check';
import { septetsOf } from './gsm-alphabet.js';
import { segment } from './segmentation.js';

const septets = (text: string) => [...text].reduce((sum, character) => sum + septetsOf(character)!, 0);

describe('segment', () => {
  it.each([
    ['a', 'GSM-7', 1],
    ['a'.repeat(160), 'GSM-7', 1],
    ['a'.repeat(161), 'GSM-7', 2],
    ['a'.repeat(306), 'GSM-7', 2],
    ['a'.repeat(307), 'GSM-7', 3],
    ['€'.repeat(80), 'GSM-7', 1],
    [`a${'€'.repeat(80)}`, 'GSM-7', 2],
    ['你'.repeat(70), 'UCS-2', 1],
    ['你'.repeat(71), 'UCS-2', 2],
    ['你'.repeat(134), 'UCS-2', 2],
    ['你'.repeat(135), 'UCS-2', 3],
    ['😀'.repeat(35), 'UCS-2', 1],
    ['😀'.repeat(36), 'UCS-2', 2],
  ])('%s… is %s in %i parts', (text, encoding, parts) => {
    const found = segment(text);
    expect([found.encoding, found.parts.length]).toEqual([encoding, parts]);
  });

  it('counts the escape of an extension character, and keeps the two together', () => {
    const { parts } = segment(`${'a'.repeat(152)}€${'b'.repeat(10)}`);
    expect(parts).toEqual(['a'.repeat(152), `€${'b'.repeat(10)}`]);
  });

  it('does not split a surrogate pair', () => {
    const { parts } = segment(`${'你'.repeat(66)}😀${'好'.repeat(10)}`);
    expect(parts).toEqual(['你'.repeat(66), `😀${'好'.repeat(10)}`]);
  });

  it.each([...'ÁçêÂ“’`\t'])('%s is not in the GSM alphabet', (character) => {
    expect(segment(character).encoding).toBe('UCS-2');
  });

  it('knows the whole alphabet: 127 characters without an escape, 10 with one', () => {
    const all = Array.from({ length: 0x10000 }, (_, code) => septetsOf(String.fromCharCode(code)));
    expect(all.filter((size) => size === 1)).toHaveLength(127);
    expect(all.filter((size) => size === 2)).toHaveLength(10);
  });

  it('loses nothing, exceeds no limit, and wastes no part', () => {
    const gsm = fc.string({ unit: fc.constantFrom(...'ab €[ñΩ'), minLength: 1, maxLength: 900 });
    const anything = fc.string({ unit: 'binary', minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(fc.oneof(gsm, anything), (text) => {
        const { encoding, parts } = segment(text);
        const size = encoding === 'GSM-7' ? septets : (part: string) => part.length;
        const [alone, joined] = encoding === 'GSM-7' ? [160, 153] : [70, 67];
        expect(parts.join('')).toBe(text);
        expect(parts.length === 1).toBe(size(text) <= alone);
        if (parts.length === 1) return;
        for (const [place, part] of parts.entries()) {
          expect(size(part)).toBeLessThanOrEqual(joined);
          expect(part).not.toMatch(/\p{Cs}/u);
          const next = parts[place + 1];
          if (next) expect(size(part + [...next][0])).toBeGreaterThan(joined);
        }
      }),
    );
  });
});
