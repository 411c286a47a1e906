import { describe, expect, it } from '@jest/globals';
import { FatalError } from '../contracts/index.js';
import { FingerprintMismatchError } from './errors.js';
import { busy, judged } from './judge.js';

const [one, other] = [Buffer.from('one'), Buffer.from('other')];
const key = (fingerprint: Buffer | undefined) => ({ scope: 'scope', key: 'k', fingerprint });
const done = (fingerprint: Buffer | undefined, reply?: Buffer) => ({ status: 'done' as const, fingerprint, reply });

describe('A claim that is not ours', () => {
  it('makes a duplicate of the record when it is done, with the reply that was kept', () => {
    expect(judged(done(undefined), key(undefined))).toEqual({ kind: 'duplicate' });
    expect(judged(done(one, other), key(Buffer.from('one')))).toEqual({ kind: 'duplicate', reply: other });
  });

  it('is compared by the fingerprints that there are', () => {
    expect(judged(done(undefined), key(one))).toEqual({ kind: 'duplicate' });
    expect(judged(done(one), key(undefined))).toEqual({ kind: 'duplicate' });
    expect(() => judged(done(one), key(other))).toThrow(FingerprintMismatchError);
    expect(() => judged(done(one), key(other))).toThrow(FatalError);
  });

  it('makes the record wait when it is not done, for a part of what the store says', () => {
    const waiting = judged({ status: 'busy', retryInMs: 400 }, key(one));
    expect(waiting).toEqual({ kind: 'waiting', reason: 'busy', delay: expect.any(Number) });
  });

  it.each([
    [400, 200, 400],
    [0, 20, 20],
    [-5, 20, 20],
    [60_000, 500, 1_000],
  ])('of %d ms is asked for again after %d to %d', (ms, soonest, latest) => {
    for (let i = 0; i < 100; i++) {
      const { delay } = busy(ms) as { delay: number };
      expect(delay).toBeGreaterThanOrEqual(soonest);
      expect(delay).toBeLessThanOrEqual(latest);
    }
  });
});
