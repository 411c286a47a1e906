import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { FailedRun } from './park-policy.js';
import { afterFailure, parkPolicyOf } from './park-policy.js';

const RUN: FailedRun = { attempt: 1, attempts: 3, isTerminal: false, round: 0, park: undefined, hasDeadLetter: false };
const after = (more: Partial<FailedRun>) => afterFailure({ ...RUN, ...more });

describe('A record that failed', () => {
  it('is tried again in its lane, for ever where nothing else can follow', () => {
    expect(after({})).toBe('again');
    expect(after({ attempt: 1_000 })).toBe('again');
  });

  it('is a dead letter after its attempts, where there is a dead letter topic', () => {
    expect(after({ attempt: 2, hasDeadLetter: true })).toBe('again');
    expect(after({ attempt: 3, hasDeadLetter: true })).toBe('dead');
  });

  it('is parked after its attempts, whether or not there is a dead letter topic', () => {
    expect(after({ attempt: 2, park: {} })).toBe('again');
    expect(after({ attempt: 3, park: {} })).toBe('park');
    expect(after({ attempt: 3, park: {}, hasDeadLetter: true })).toBe('park');
  });

  it('that another run cannot help is a dead letter at once; without a dead letter topic it is parked, else its lane stands', () => {
    expect(after({ isTerminal: true, hasDeadLetter: true, park: {} })).toBe('dead');
    expect(after({ isTerminal: true, park: {} })).toBe('park');
    expect(after({ isTerminal: true })).toBe('hold');
  });

  it('has one run in each round, so many rounds, and is a dead letter then', () => {
    const round = (round: number) => after({ round, attempt: 3 + round, park: { rounds: 2 }, hasDeadLetter: true });
    expect([round(1), round(2)]).toEqual(['postpone', 'dead']);
  });

  it('goes on in rounds for ever without a dead letter topic', () => {
    expect(after({ round: 1_000, park: {} })).toBe('postpone');
    expect(after({ round: 1_000, park: {}, isTerminal: true })).toBe('postpone');
  });

  it('has attempts in a round where the handler does not park: a dead letter that was given back', () => {
    expect(after({ round: 1, attempt: 2, hasDeadLetter: true })).toBe('again');
    expect(after({ round: 1, attempt: 3, hasDeadLetter: true })).toBe('dead');
  });

  it('is never given up without a dead letter', () => {
    const runs = fc.record({
      attempt: fc.nat(20).map((n) => n + 1),
      attempts: fc.nat(20).map((n) => n + 1),
      isTerminal: fc.boolean(),
      round: fc.nat(20),
      park: fc.option(fc.record({ rounds: fc.nat(20).map((n) => n + 1) }), { nil: undefined }),
    });
    fc.assert(
      fc.property(runs, (run) => {
        expect(afterFailure({ ...run, hasDeadLetter: false })).not.toBe('dead');
        if (run.park) expect(afterFailure({ ...run, hasDeadLetter: false })).not.toBe('hold');
      }),
    );
  });
});

describe('What a policy does not say', () => {
  it('is ten rounds, from half a minute to an hour apart, and a thousand records of a key', () => {
    const { backoff, rounds, maxPerKey } = parkPolicyOf();
    expect([rounds, maxPerKey]).toEqual([10, 1_000]);
    expect(backoff(1)).toBeGreaterThanOrEqual(30_000);
    expect(backoff(1)).toBeLessThanOrEqual(60_000);
    expect(backoff(50)).toBeLessThanOrEqual(3_600_000);
  });
});
