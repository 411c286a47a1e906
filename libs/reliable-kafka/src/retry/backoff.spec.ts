import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { exponential, fixed } from './backoff.js';

const always = (value: number) => () => value;

/** What a test may be called, and what it throws. */
type Refusal = [call: string, make: () => unknown, name: string];

describe('exponential', () => {
  it('waits the initial time after the first attempt and twice as long after each further one, up to its longest', () => {
    const backoff = exponential(200, { max: 1000, jitter: 0 });
    expect([1, 2, 3, 4, 5].map(backoff)).toEqual([200, 400, 800, 1000, 1000]);
  });

  it('grows by the factor that it is given', () => {
    expect([1, 2, 3].map(exponential(10, { factor: 3, jitter: 0 }))).toEqual([10, 30, 90]);
    expect([1, 2, 3].map(exponential(10, { factor: 1, jitter: 0 }))).toEqual([10, 10, 10]);
  });

  it('waits 30 seconds at most, when nothing else is said, and takes up to half of each wait away by chance', () => {
    expect(exponential(200, { random: always(0) })(50)).toBe(30_000);
    expect(exponential(200, { random: always(1) })(50)).toBe(15_000);
  });

  it('waits a time that makes sense after any attempt', () => {
    const options = fc.record({
      factor: fc.double({ min: 1, max: 1000, noNaN: true }),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }).map(always),
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1 }), options, (initial, attempt, given) => {
        const wait = exponential(initial, { max: 60_000, ...given })(attempt);
        expect(wait).toBeGreaterThanOrEqual(initial * (1 - given.jitter) - 1e-9);
        expect(wait).toBeLessThanOrEqual(60_000);
      }),
    );
  });

  it.each<Refusal>([
    ['exponential(-1)', () => exponential(-1), 'exponential(initial)'],
    ['exponential(Number.NaN)', () => exponential(Number.NaN), 'exponential(initial)'],
    ['exponential(200, { max: 100 })', () => exponential(200, { max: 100 }), '{ max }'],
    ['exponential(200, { max: Infinity })', () => exponential(200, { max: Infinity }), '{ max }'],
    ['exponential(200, { max: 2 ** 31 })', () => exponential(200, { max: 2 ** 31 }), '{ max }'],
    ['exponential(200, { factor: 0.5 })', () => exponential(200, { factor: 0.5 }), '{ factor }'],
    ['exponential(200, { jitter: 1.5 })', () => exponential(200, { jitter: 1.5 }), '{ jitter }'],
    ['exponential(200, { jitter: Number.NaN })', () => exponential(200, { jitter: Number.NaN }), '{ jitter }'],
    ['fixed(-1)', () => fixed(-1), 'fixed(ms)'],
    ['fixed(2 ** 31)', () => fixed(2 ** 31), 'fixed(ms)'],
  ])('refuses what makes no sense, and names it: %s', (_call, make, name) => {
    expect(make).toThrow(RangeError);
    expect(make).toThrow(name);
  });
});

describe('fixed', () => {
  it('waits the same time after every attempt', () => {
    expect([1, 2, 100].map(fixed(50))).toEqual([50, 50, 50]);
    expect(fixed(0)(1)).toBe(0);
  });
});
