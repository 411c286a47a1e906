import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { TokenBucket } from './token-bucket.js';

describe('A token bucket', () => {
  let now = 0;
  const bucket = (tokens: number, span: number) => {
    now = 0;
    return new TokenBucket(tokens, span, () => now);
  };

  it('is full at the start, and refills evenly', () => {
    const tokens = bucket(10, 1_000);
    tokens.take(10);
    expect([tokens.available, tokens.msUntil(1), tokens.msUntil(5)]).toEqual([0, 100, 500]);
    now = 250;
    expect([tokens.available, tokens.msUntil(1), tokens.msUntil(5)]).toEqual([2.5, 0, 250]);
  });

  it('saves up one span and no more', () => {
    const tokens = bucket(10, 1_000);
    tokens.take(10);
    now = 60_000;
    expect(tokens.available).toBe(10);
  });

  it('does not save up, either, what nobody asked after until it was taken', () => {
    const tokens = bucket(10, 1_000);
    now = 60_000;
    tokens.take(10);
    expect(tokens.available).toBe(0);
  });

  it('lets a lump pass that is larger than what is there, and has it refilled first', () => {
    const tokens = bucket(10, 1_000);
    tokens.take(35);
    expect([tokens.available, tokens.msUntil(1)]).toEqual([-25, 2_600]);
    now = 2_600;
    expect(tokens.msUntil(1)).toBe(0);
  });

  it('tells of more tokens than it holds when it will be full', () => {
    const tokens = bucket(10, 1_000);
    tokens.take(10);
    expect(tokens.msUntil(50)).toBe(1_000);
  });

  it('stands still while its clock is set back', () => {
    const tokens = bucket(10, 1_000);
    tokens.take(10);
    now = -5_000;
    expect(tokens.msUntil(1)).toBe(100);
    now = 100;
    expect(tokens.msUntil(1)).toBe(0);
  });

  it.each([
    [0, 1_000],
    [1, 0],
    [Number.NaN, 1],
  ])('cannot have %d tokens in %d ms', (tokens, span) => {
    expect(() => bucket(tokens, span)).toThrow('There must be tokens and a span');
  });

  it('never gives more over any time than its rate and one full bucket, and keeps nobody waiting longer than it says', () => {
    const steps = fc.array(fc.tuple(fc.nat(400), fc.nat(12)), { maxLength: 100, size: 'max' });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 2_000 }), steps, (size, span, steps) => {
        const tokens = bucket(size, span);
        const taken: { at: number; tokens: number }[] = [];
        for (const [pause, wanted] of steps) {
          now += pause;
          const some = Math.min(wanted, size);
          const patient = wanted % 2 === 0;
          if (patient) {
            now += tokens.msUntil(some);
            expect(tokens.msUntil(some)).toBe(0);
          } else if (tokens.available < some) {
            continue;
          }
          tokens.take(some);
          taken.push({ at: now, tokens: some });
        }
        const excess = taken.flatMap(({ at: from }, first) => {
          let sum = 0;
          return taken.slice(first).map(({ at, tokens }) => (sum += tokens) - size * (1 + (at - from) / span));
        });
        expect(Math.max(...excess, 0)).toBeLessThan(1e-6);
      }),
      { numRuns: 100 },
    );
  });
});
