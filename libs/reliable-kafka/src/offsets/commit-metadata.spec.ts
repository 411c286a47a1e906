import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { crc32 } from 'node:zlib';
import { decodeProgress, encodeProgress, METADATA_LIMIT } from './commit-metadata.js';
import { OffsetSet } from './offset-set.js';
import type { ProgressSnapshot } from './snapshot.js';

/** Rising bounds from rising gaps and lengths: short ones, which bits hold best, or long ones. */
const ranges = (most: number) =>
  fc
    .constantFrom(2, 40)
    .chain((longest) => {
      const length = fc.integer({ min: 1, max: longest });
      return fc.array(fc.tuple(length, length), { maxLength: most, size: 'max' });
    })
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
      fc.property(ranges(100), ranges(100), fc.bigInt(0n, 2n ** 62n), (first, second, watermark) => {
        const snapshot = { watermark, completed: [first, second], attempts: [] };
        const { text, fill } = encodeProgress(snapshot, ['', 'audit']);
        fc.pre(fill <= 1 && text !== '');
        expect(text.length).toBeLessThanOrEqual(METADATA_LIMIT);
        expect(decodeProgress(text, watermark, ['', 'audit'])).toEqual(snapshot);
      }),
      { numRuns: 300 },
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
          const kept = members(restored?.completed[handler] ?? []);
          expect(kept).toEqual(members(bounds).slice(0, kept.length));
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

  it('reaches as far as its limit allows', () => {
    const everyOther = Array.from({ length: 4000 }, (_, i) => i + 1);
    const dense = encodeProgress({ watermark: 0n, completed: [everyOther], attempts: [] }, [''], 200);
    expect(decodeProgress(dense.text, 0n, [''])!.completed[0]!.at(-1)).toBeGreaterThan(1000);
    const sparse = Array.from({ length: 400 }, (_, i) => [i * 1000 + 1, i * 1000 + 900]).flat();
    const far = encodeProgress({ watermark: 0n, completed: [sparse], attempts: [] }, [''], 200);
    expect(decodeProgress(far.text, 0n, [''])!.completed[0]!.at(-1)).toBeGreaterThan(30_000);
  });

  it('takes the shorter way to write ranges', () => {
    const everyOther = Array.from({ length: 400 }, (_, i) => i + 1);
    const asBits = encodeProgress({ watermark: 0n, completed: [everyOther], attempts: [] }, ['']);
    expect(asBits.text.length).toBeLessThan(100);
    const farApart = Array.from({ length: 10 }, (_, i) => [i * 100_000 + 1, i * 100_000 + 90_000]).flat();
    const asRuns = encodeProgress({ watermark: 0n, completed: [farApart], attempts: [] }, ['']);
    expect(asRuns.text.length).toBeLessThan(100);
    expect(decodeProgress(asRuns.text, 0n, [''])?.completed[0]).toEqual(farApart);
  });

  it('ignores the names of handlers that are gone, and knows nothing of new ones', () => {
    const { text } = encodeProgress({ watermark: 0n, completed: [[1, 2]], attempts: [] }, ['gone']);
    expect(decodeProgress(text, 0n, ['new'])?.completed).toEqual([[]]);
  });

  it('carries attempts where there is room, and never at the expense of what is completed', () => {
    const attempts = [
      { offset: 0, handler: 0, attempts: 4 },
      { offset: 300, handler: 1, attempts: 200 },
    ];
    const snapshot: ProgressSnapshot = { watermark: 50n, completed: [[], [1, 2]], attempts };
    expect(decodeProgress(encodeProgress(snapshot, ['', 'audit']).text, 50n, ['', 'audit'])).toEqual(snapshot);

    const scarce = encodeProgress(snapshot, ['', 'audit'], 26);
    expect(scarce.text.length).toBeLessThanOrEqual(26);
    const restored = decodeProgress(scarce.text, 50n, ['', 'audit'])!;
    expect(restored.completed).toEqual(snapshot.completed);
    expect(restored.attempts.length).toBeLessThan(attempts.length);
  });

  it('carries what is known of crashes, beside whatever else there is', () => {
    const suspects = fc.array(fc.tuple(fc.nat(5000), fc.nat(300), fc.boolean()), { maxLength: 20 }).map((entries) =>
      entries
        .toSorted(([one], [other]) => one - other)
        .filter(([offset], i, all) => all[i - 1]?.[0] !== offset)
        .map(([offset, crashes, isRunning]) => ({ offset, crashes, isRunning })),
    );
    fc.assert(
      fc.property(ranges(20), suspects, fc.nat(1000), (completed, suspects, starts) => {
        fc.pre(starts > 0 || suspects.length > 0);
        const snapshot = { watermark: 7n, completed: [completed], attempts: [], crashes: { starts, suspects } };
        expect(decodeProgress(encodeProgress(snapshot, ['']).text, 7n, [''])).toEqual(snapshot);
      }),
    );
  });

  it('keeps what is known of crashes where not everything that is completed finds room', () => {
    const crashes = { starts: 3, suspects: [{ offset: 2000, crashes: 1, isRunning: true }] };
    fc.assert(
      fc.property(ranges(600), fc.integer({ min: 60, max: 600 }), (bounds, limit) => {
        const { text } = encodeProgress({ watermark: 0n, completed: [bounds], attempts: [], crashes }, [''], limit);
        expect(text.length).toBeLessThanOrEqual(limit);
        const restored = decodeProgress(text, 0n, [''])!;
        expect(restored.crashes).toEqual(crashes);
        const kept = members(restored.completed[0]!);
        expect(kept).toEqual(members(bounds).slice(0, kept.length));
      }),
      { numRuns: 100 },
    );
  });

  it('never passes its limit for what is known of crashes', () => {
    const suspects = Array.from({ length: 3000 }, (_, i) => ({ offset: i * 9, crashes: 2, isRunning: false }));
    const snapshot = { watermark: 0n, completed: [[1, 2]], attempts: [], crashes: { starts: 3, suspects } };
    for (const limit of [10, 14, 15, 20, 100, METADATA_LIMIT]) {
      const { text } = encodeProgress(snapshot, [''], limit);
      expect(text.length).toBeLessThanOrEqual(limit);
      const kept = decodeProgress(text, 0n, [''])?.crashes?.suspects ?? [];
      expect(kept).toEqual(suspects.slice(0, kept.length));
    }
  });

  it('skips sections that it does not know', () => {
    const { text } = encodeProgress({ watermark: 0n, completed: [[1, 2]], attempts: [] }, ['']);
    const body = Buffer.concat([Buffer.from([99, 2, 7, 7]), Buffer.from(text.slice(4), 'base64url').subarray(4)]);
    const later = Buffer.concat([Buffer.alloc(4), body]);
    later.writeUInt32BE(crc32(body, crc32('0')));
    expect(decodeProgress(`rk1.${later.toString('base64url')}`, 0n, [''])?.completed).toEqual([[1, 2]]);
  });

  it('is no progress beside another offset: tools that translate offsets copy the metadata as it is', () => {
    const { text } = encodeProgress({ watermark: 100n, completed: [[1, 50]], attempts: [] }, ['']);
    expect(decodeProgress(text, 100n, [''])).toBeDefined();
    expect(decodeProgress(text, 99n, [''])).toBeUndefined();
  });

  it('is no progress when a character of it changed or is missing', () => {
    const { text } = encodeProgress({ watermark: 0n, completed: [[1, 2, 5, 400]], attempts: [] }, ['']);
    for (let i = 0; i < text.length; i++) {
      const other = text[i] === 'A' ? 'B' : 'A';
      expect(decodeProgress(text.slice(0, i) + other + text.slice(i + 1), 0n, [''])).toBeUndefined();
      expect(decodeProgress(text.slice(0, i), 0n, [''])).toBeUndefined();
    }
  });

  it('takes foreign text for no progress, and never throws', () => {
    for (const text of ['', 'consumer-1', 'rk2.AAAA', 'rk1.', 'rk1.!!!'])
      expect(decodeProgress(text, 0n, [''])).toBeUndefined();
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => decodeProgress(text, 0n, ['']) === undefined),
      { numRuns: 1000 },
    );
  });

  it('takes what a writer with errors sealed for no progress, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const sealed = Buffer.concat([Buffer.alloc(4), bytes]);
        sealed.writeUInt32BE(crc32(bytes, crc32('0')));
        decodeProgress(`rk1.${sealed.toString('base64url')}`, 0n, ['']);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('OffsetSet', () => {
  it('knows its members, asked in any order', () => {
    fc.assert(
      fc.property(ranges(20), fc.array(fc.nat(900), { maxLength: 50 }), (bounds, questions) => {
        const set = new OffsetSet(7n, bounds);
        const all = new Set(members(bounds));
        for (const n of questions) expect(set.has(7n + BigInt(n))).toBe(all.has(n));
      }),
    );
  });
});
