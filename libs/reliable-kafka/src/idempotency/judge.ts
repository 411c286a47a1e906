import type { AttemptResult, Claim, GuardKey } from '../contracts/index.js';
import { FingerprintMismatchError } from './errors.js';

/** No claim is asked for again sooner, or later, in milliseconds. */
const SOONEST = 20;
const LATEST = 1_000;

/** What a claim that is not ours means for the record. Throws `FingerprintMismatchError`. */
export function judged(claim: Exclude<Claim, { status: 'claimed' }>, key: GuardKey): AttemptResult {
  if (claim.status === 'busy') return busy(claim.retryInMs);
  if (key.fingerprint && claim.fingerprint && !key.fingerprint.equals(claim.fingerprint))
    throw new FingerprintMismatchError(key.key);
  return { kind: 'duplicate', ...(claim.reply && { reply: claim.reply }) };
}

/** The record waits, and counts no attempt. Not all that wait for one thing come back at once. */
export function busy(ms: number): AttemptResult {
  const spread = Math.min(LATEST, ms) * (1 - 0.5 * Math.random());
  return { kind: 'waiting', reason: 'busy', delay: Math.max(SOONEST, spread) };
}
