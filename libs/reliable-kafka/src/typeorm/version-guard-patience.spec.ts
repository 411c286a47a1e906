import { describe, expect, it } from '@jest/globals';
import type { ConsumedRecord } from '../contracts/index.js';
import { Patience } from './version-guard-patience.js';

const record = (offset: bigint) => ({ offset }) as ConsumedRecord;

describe('patience', () => {
  it('looks soon at first, then after half the time that was waited, and once a second at last', () => {
    let now = 1_000;
    const patience = new Patience(60_000, () => now);
    const one = record(0n);
    const delays = [0, 50, 100, 1_000, 10_000].map((waited) => {
      now = 1_000 + waited;
      return patience.wait(one);
    });
    expect(delays).toEqual([50, 50, 50, 500, 1_000]);
  });

  it('ends with the time that it was given, and looks once more at its very end', () => {
    let now = 0;
    const patience = new Patience(1_000, () => now);
    const one = record(0n);
    patience.wait(one);
    now = 990;
    expect(patience.wait(one)).toBe(10);
    now = 1_000;
    expect(patience.wait(one)).toBeUndefined();
  });

  it('is counted for each record from its own first look', () => {
    let now = 0;
    const patience = new Patience(1_000, () => now);
    patience.wait(record(0n));
    now = 2_000;
    expect(patience.wait(record(1n))).toBe(50);
  });

  it('of no length at all waits for nothing', () => {
    expect(new Patience(0).wait(record(0n))).toBeUndefined();
  });
});
