import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { OffsetSet } from './offset-set.js';
import { OffsetTracker, type TrackedOffset } from './offset-tracker.js';
import type { ProgressSnapshot } from './snapshot.js';

describe('OffsetTracker', () => {
  it('begins with its watermark at the start', () => {
    const tracker = new OffsetTracker(1, 40n);
    expect(tracker.watermark).toBe(40n);
    expect(tracker.position).toBe(40n);
    expect(tracker.isIdle).toBe(true);
  });

  it('keeps the watermark at the lowest offset without an outcome', () => {
    const tracker = new OffsetTracker(1, 0n);
    const [a, b, c] = [0n, 1n, 2n].map((offset) => tracker.receive(offset)) as [
      TrackedOffset,
      TrackedOffset,
      TrackedOffset,
    ];
    tracker.complete(c, 0);
    tracker.complete(b, 0);
    expect(tracker.watermark).toBe(0n);
    expect(tracker.ahead).toBe(3);
    tracker.complete(a, 0);
    expect(tracker.watermark).toBe(3n);
    expect(tracker.isIdle).toBe(true);
  });

  it('takes gaps for what they are: nothing to wait for', () => {
    const tracker = new OffsetTracker(1, 0n);
    const entries = [5n, 90n].map((offset) => tracker.receive(offset));
    expect(tracker.watermark).toBe(5n);
    tracker.complete(entries[0]!, 0);
    expect(tracker.watermark).toBe(90n);
    tracker.advance(120n);
    tracker.advance(100n);
    tracker.complete(entries[1]!, 0);
    expect(tracker.watermark).toBe(120n);
  });

  it('waits for every handler, and counts no handler twice', () => {
    const tracker = new OffsetTracker(2, 0n);
    const entry = tracker.receive(0n);
    expect(tracker.complete(entry, 0)).toBe(false);
    expect(tracker.complete(entry, 0)).toBe(false);
    expect(tracker.watermark).toBe(0n);
    expect(tracker.complete(entry, 1)).toBe(true);
    expect(tracker.complete(entry, 1)).toBe(false);
    expect(tracker.watermark).toBe(1n);
  });

  it('refuses an offset that it has passed', () => {
    const tracker = new OffsetTracker(1, 0n);
    tracker.receive(7n);
    expect(() => tracker.receive(7n)).toThrow('arrived at position 8');
  });

  it('owes nothing for what an earlier owner completed', () => {
    const tracker = new OffsetTracker(2, 10n, { watermark: 10n, completed: [[1, 3], []], attempts: [] });
    expect([10n, 11n, 12n, 13n].map((offset) => tracker.receive(offset).pending)).toEqual([0b11, 0b10, 0b10, 0b11]);
  });

  it('tells in one snapshot what is completed above the watermark, handler by handler', () => {
    const tracker = new OffsetTracker(2, 100n);
    const entries = Array.from({ length: 5 }, (_, i) => tracker.receive(100n + BigInt(i)));
    for (const i of [1, 2, 4]) tracker.complete(entries[i]!, 0);
    tracker.complete(entries[2]!, 1);
    expect(tracker.snapshot()).toEqual({
      watermark: 100n,
      completed: [
        [1, 3, 4, 5],
        [2, 3],
      ],
      attempts: [],
    });
  });

  it('carries the attempts of records that still fail', () => {
    const tracker = new OffsetTracker(1, 0n);
    const [a, b] = [tracker.receive(0n), tracker.receive(1n)];
    tracker.noteAttempts(a, 0, 3);
    tracker.noteAttempts(b, 0, 1);
    tracker.complete(b, 0);
    expect(tracker.snapshot().attempts).toEqual([{ offset: 0, handler: 0, attempts: 3 }]);
  });

  it('hands on what an earlier owner knew of offsets that have not arrived yet', () => {
    const earlier = { watermark: 10n, completed: [[1, 3, 6, 9]], attempts: [{ offset: 5, handler: 0, attempts: 4 }] };
    const tracker = new OffsetTracker(1, 10n, earlier);
    expect(tracker.snapshot()).toEqual(earlier);
    tracker.complete(tracker.receive(10n), 0);
    expect(tracker.snapshot()).toEqual({
      watermark: 11n,
      completed: [[0, 2, 5, 8]],
      attempts: [{ offset: 4, handler: 0, attempts: 4 }],
    });
    for (const offset of [11n, 12n, 13n, 14n]) tracker.receive(offset);
    tracker.receive(15n);
    expect(tracker.restoredAttempts(15n, 0)).toBe(4);
    expect(tracker.snapshot()).toEqual({
      watermark: 13n,
      completed: [[3, 6]],
      attempts: [{ offset: 2, handler: 0, attempts: 4 }],
    });
  });

  it('joins what it completed with what it was told of above', () => {
    const tracker = new OffsetTracker(1, 0n, { watermark: 0n, completed: [[1, 5]], attempts: [] });
    for (const offset of [0n, 1n]) tracker.receive(offset);
    expect(tracker.snapshot().completed).toEqual([[1, 5]]);
  });

  it('leaves the list in order whatever leaves it first', () => {
    const tracker = new OffsetTracker(1, 0n);
    const entries = [0n, 1n, 2n, 3n].map((offset) => tracker.receive(offset));
    for (const [i, watermark] of [
      [1, 0n],
      [2, 0n],
      [0, 3n],
      [3, 4n],
    ] as const) {
      tracker.complete(entries[i]!, 0);
      expect(tracker.watermark).toBe(watermark);
    }
  });

  it('takes the gaps between offsets without an outcome for nothing to tell of', () => {
    const tracker = new OffsetTracker(1, 0n);
    const entries = [0n, 10n, 20n, 30n].map((offset) => tracker.receive(offset));
    tracker.complete(entries[3]!, 0);
    expect(tracker.snapshot().completed).toEqual([[21, 31]]);
    tracker.complete(entries[1]!, 0);
    expect(tracker.snapshot().completed).toEqual([[1, 20, 21, 31]]);
  });

  it('holds 30 handlers, and refuses more', () => {
    const tracker = new OffsetTracker(30, 0n);
    const entry = tracker.receive(0n);
    const last = Array.from({ length: 30 }, (_, handler) => tracker.complete(entry, handler)).lastIndexOf(true);
    expect(last).toBe(29);
    expect(() => new OffsetTracker(31, 0n)).toThrow('at most 30 handlers');
  });

  it('agrees with a plain model, through a crash and in the next life, whatever happens in which order', () => {
    const gaps = fc.array(fc.nat(3), { minLength: 1, maxLength: 20, size: 'max' });
    const steps = fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.constant('receive' as const) },
        { weight: 5, arbitrary: fc.record({ which: fc.nat(1000), handler: fc.nat(1) }) },
      ),
      { maxLength: 80, size: 'max' },
    );
    fc.assert(
      fc.property(gaps, fc.array(steps, { minLength: 1, maxLength: 3 }), (gaps, lives) => {
        let end = 5;
        const log = gaps.map((gap) => {
          const offset = end + gap;
          end = offset + 1;
          return { offset, done: [false, false] };
        });
        let restored: ProgressSnapshot = { watermark: 5n, completed: [[], []], attempts: [] };
        for (const life of lives) {
          const tracker = new OffsetTracker(2, restored.watermark, restored);
          const coming = log.filter(({ offset }) => BigInt(offset) >= restored.watermark);
          const seen: unknown[] = [];
          const expected: unknown[] = [];
          const here: { offset: number; done: boolean[]; entry: TrackedOffset }[] = [];
          for (const step of life) {
            if (step === 'receive') {
              const next = coming.shift();
              if (!next) continue;
              const entry = tracker.receive(BigInt(next.offset));
              seen.push(entry.pending);
              expected.push((next.done[0] ? 0 : 1) | (next.done[1] ? 0 : 2));
              here.push({ ...next, entry });
            } else if (here.length > 0) {
              const one = here[step.which % here.length]!;
              const before = one.done.every(Boolean);
              one.done[step.handler] = true;
              seen.push(tracker.complete(one.entry, step.handler));
              expected.push(!before && one.done.every(Boolean));
            }
            const waiting = here.filter(({ done }) => !done.every(Boolean));
            const watermark = waiting.length > 0 ? BigInt(waiting[0]!.offset) : tracker.position;
            seen.push(tracker.isIdle, tracker.watermark, tracker.ahead);
            expected.push(waiting.length === 0, watermark, Number(tracker.position - watermark));
          }
          restored = tracker.snapshot();
          const above = log.filter(({ offset }) => BigInt(offset) >= restored.watermark);
          for (const handler of [0, 1]) {
            const set = new OffsetSet(restored.watermark, restored.completed[handler]!);
            seen.push(above.map(({ offset }) => set.has(BigInt(offset))));
            expected.push(above.map(({ done }) => done[handler]));
          }
          expect(seen).toEqual(expected);
        }
      }),
      { numRuns: 300 },
    );
  });
});
