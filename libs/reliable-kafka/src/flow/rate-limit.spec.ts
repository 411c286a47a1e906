import { describe, expect, it } from '@jest/globals';
import { RateLimit } from './rate-limit.js';

describe('A rate limit', () => {
  let now = 0;
  const limit = (options?: { records?: number; bytes?: number; per?: number }) => {
    now = 0;
    return new RateLimit(options, () => now);
  };

  it('that is not given limits nothing', () => {
    const none = limit();
    none.passed(1e9, 1e12);
    expect([none.wait, none.allowance]).toEqual([0, { records: Infinity, bytes: Infinity }]);
  });

  it('allows whole records, and waits for the next one', () => {
    const ten = limit({ records: 10, per: 1_000 });
    ten.passed(8, 5_000);
    now = 50;
    expect(ten.allowance).toEqual({ records: 2, bytes: Infinity });
    ten.passed(2, 0);
    expect(ten.wait).toBe(50);
  });

  it('holds for records and for bytes, whichever is used up', () => {
    const both = limit({ records: 10, bytes: 1_000 });
    both.passed(1, 1_500);
    expect(both.wait).toBe(501);
    now = 501;
    both.passed(10, 1);
    expect(both.wait).toBe(100);
  });
});
