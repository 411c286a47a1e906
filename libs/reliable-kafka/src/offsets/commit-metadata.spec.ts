import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeProgress, encodeProgress, METADATA_LIMIT } from './commit-metadata.js';

/** Rising bounds from rising gaps and lengths. */
const ranges = (most: number) =>
  fc
    .array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 })), { maxLength: most })
    .map((pairs) => {
      let at = 0;
      return pairs.flatMap(([gap, length]) => [(at += gap), (at += length)]);
    });

function members(bounds: readonly number[]): number[] {
  const all: number[] = [];
  for (let i = 0; i < bounds.length; i += 2) for (let n = bounds[i]!; n < bounds[i + 1]!; n++) all.push(n);
  return all;
}

describe('commit metadata', () => {
  it('is empty when nothing is completed above the watermark', () => {
    expect(encodeProgress({ watermark: 5n, completed: [[]], attempts: [] }, [''])).toEqual({ text: '', fill: 0 });
  });

  it('comes back as it was, handler by handler, while it fits', () => {
    fc.assert(
      fc.property(ranges(100), ranges(100), fc.bigInt(0n, 2n ** 60n), (first, second, watermark) => {
        const { text, fill } = encodeProgress({ watermark, completed: [first, second], attempts: [] }, ['', 'audit']);
        fc.pre(fill <= 1);
        expect(text.length).toBeLessThanOrEqual(METADATA_LIMIT);
        const restored = decodeProgress(text, watermark, ['', 'audit']);
        [first, second].forEach((bounds, handler) => {
          const expected = new Set(members(bounds));
          const end = (bounds.at(-1) ?? 0) + 10;
          const wrong = Array.from({ length: end }, (_, n) => n).filter(
            (n) => (restored?.completed[handler]?.has(watermark + BigInt(n)) ?? false) !== expected.has(n),
          );
          expect(wrong).toEqual([]);
        });
      }),
      { numRuns: 100 },
    );
  });

  it('never passes its limit, and keeps the lowest part of what does not fit', () => {
    fc.assert(
      fc.property(ranges(600), ranges(50), fc.integer({ min: 60, max: 600 }), (first, second, limit) => {
        const { text } = encodeProgress(
          { watermark: 0n, completed: [first, second], attempts: [] },
          ['', 'audit'],
          limit,
        );
        expect(text.length).toBeLessThanOrEqual(limit);
        const restored = decodeProgress(text, 0n, ['', 'audit']);
        [first, second].forEach((bounds, handler) => {
          const set = restored?.completed[handler];
          const kept = members(bounds).map((n) => set?.has(BigInt(n)) ?? false);
          const firstMissing = kept.indexOf(false);
          expect(firstMissing >= 0 && kept.includes(true, firstMissing)).toBe(false);
        });
      }),
      { numRuns: 100 },
    );
  });

  it('tells by its fill that not everything found room', () => {
    const every = Array.from({ length: 60_000 }, (_, i) => i + 1).filter((n) => n % 4 < 2);
    const bounds = every.flatMap((n) => (n % 4 === 0 ? [n] : [n + 1]));
    const { text, fill } = encodeProgress({ watermark: 0n, completed: [bounds.slice(1)], attempts: [] }, ['']);
    expect(fill).toBeGreaterThan(1);
    expect(text.length).toBeGreaterThan(METADATA_LIMIT * 0.9);
  });

  it('ignores the names of handlers that are gone, and knows nothing of new ones', () => {
    const { text } = encodeProgress({ watermark: 0n, completed: [[1, 2]], attempts: [] }, ['gone']);
    expect(decodeProgress(text, 0n, ['new'])?.completed).toEqual([undefined]);
  });

  it('carries attempts where there is room', () => {
    const attempts = [
      { offset: 0, handler: 0, attempts: 4 },
      { offset: 300, handler: 1, attempts: 200 },
    ];
    const { text } = encodeProgress({ watermark: 50n, completed: [[], [1, 2]], attempts }, ['', 'audit']);
    const restored = decodeProgress(text, 50n, ['', 'audit'])!;
    expect(restored.attempts(50n, 0)).toBe(4);
    expect(restored.attempts(350n, 1)).toBe(200);
    expect(restored.attempts(350n, 0)).toBe(0);
  });

  it('skips sections that it does not know', () => {
    const { text } = encodeProgress({ watermark: 0n, completed: [[1, 2]], attempts: [] }, ['']);
    const later = Buffer.concat([Buffer.from([99, 2, 7, 7]), Buffer.from(text.slice(4), 'base64url')]).toString(
      'base64url',
    );
    expect(decodeProgress(`rk1.${later}`, 0n, [''])?.completed[0]?.has(1n)).toBe(true);
  });

  it('takes foreign and damaged text for no progress, and never throws', () => {
    for (const text of ['', 'consumer-1', 'rk2.AAAA', 'rk1.!!!']) decodeProgress(text, 0n, ['']);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        decodeProgress(`rk1.${Buffer.from(bytes).toString('base64url')}`, 0n, ['']);
      }),
      { numRuns: 2000 },
    );
  });
});
