import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OffsetSet } from './offset-set.js';
import { OffsetTracker, type TrackedOffset } from './offset-tracker.js';

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
    const completed = [new OffsetSet(10n, [1, 3]), undefined];
    const tracker = new OffsetTracker(2, 10n, { completed, attempts: () => 0 });
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

  it('agrees with a plain model under any order of completion', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ gap: fc.nat(3), order: fc.nat(), partly: fc.boolean() }), { minLength: 1, maxLength: 60 }),
        fc.nat(60),
        (records, completions) => {
          const tracker = new OffsetTracker(2, 0n);
          let next = 0;
          const model = records.map(({ gap, order, partly }) => {
            const offset = next + gap;
            next = offset + 1;
            return { offset, order, partly, entry: tracker.receive(BigInt(offset)), done: [false, false] };
          });
          for (const one of [...model].sort((a, b) => a.order - b.order).slice(0, completions)) {
            tracker.complete(one.entry, 0);
            one.done[0] = true;
            if (one.partly) continue;
            tracker.complete(one.entry, 1);
            one.done[1] = true;
          }
          const watermark = model.find(({ done }) => !(done[0] && done[1]))?.offset ?? next;
          expect(tracker.watermark).toBe(BigInt(watermark));
          const { completed } = tracker.snapshot();
          for (const handler of [0, 1]) {
            const set = new OffsetSet(BigInt(watermark), completed[handler]!);
            for (const { offset, done } of model) {
              if (offset >= watermark) expect(set.has(BigInt(offset))).toBe(done[handler]);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
