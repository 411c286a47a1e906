import { describe, expect, it } from '@jest/globals';
import { closingLines, type Outcome, ran } from '../runner/outcome.js';

function outcome(name: string, passed: number, failed: number, skipped = 0, why?: string): Outcome {
  return { name, passed, failed, skipped, took: 1_500, why };
}

describe('the closing lines of npm test', () => {
  it('end with the sums over all parts, alone on the last line', () => {
    const lines = closingLines([outcome('unit', 10, 1), outcome('real', 5, 0, 2)]);
    expect(lines.at(-1)).toBe('15 passed, 1 failed, 2 skipped');
  });

  it('say of each part whether it ran, how long, and why not', () => {
    expect(closingLines([outcome('unit', 10, 0), outcome('real', 0, 0, 0, 'redis: not installed')])).toEqual([
      'unit    ran in 1.5 s: 10 passed, 0 failed, 0 skipped',
      'real    did not run (redis: not installed)',
      'in all  3.0 s',
      '10 passed, 0 failed, 0 skipped',
    ]);
  });

  it('take a ring of skipped tests for one that did not run', () => {
    expect(ran(outcome('real', 0, 0, 7))).toBe(false);
    expect(ran(outcome('real', 0, 1))).toBe(true);
  });
});
