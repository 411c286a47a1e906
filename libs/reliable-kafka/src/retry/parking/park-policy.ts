import type { ParkPolicy } from '../../contracts/index.js';
import { exponential } from '../backoff.js';

const DEFAULTS: Required<ParkPolicy> = {
  backoff: exponential(60_000, { max: 3_600_000 }),
  rounds: 10,
  maxPerKey: 1_000,
};

export function parkPolicyOf(said: ParkPolicy = {}): Required<ParkPolicy> {
  const { backoff = DEFAULTS.backoff, rounds = DEFAULTS.rounds, maxPerKey = DEFAULTS.maxPerKey } = said;
  return { backoff, rounds, maxPerKey };
}

/** A failed run that counts. */
export interface FailedRun {
  readonly attempt: number;
  /** Runs in the lane at most, where something else can follow. */
  readonly attempts: number;
  /** Another run cannot help. */
  readonly isTerminal: boolean;
  /** The round that it was a part of, counted from 1; 0 in the lane. */
  readonly round: number;
  /** Absent where the handler does not park. */
  readonly park: ParkPolicy | undefined;
  readonly hasDeadLetter: boolean;
}

/**
 * What follows.
 * - `again`: another attempt in the lane
 * - `park`: its key is parked, and tried again in rounds
 * - `postpone`: the key stays parked until its next round
 * - `dead`: a dead letter
 * - `hold`: nothing; the lane stands
 */
export type AfterFailure = 'again' | 'park' | 'postpone' | 'dead' | 'hold';

/** Where a handler parks, a record that fails in a round has had its attempts: each round is one more. */
export function afterFailure({ attempt, attempts, isTerminal, round, park, hasDeadLetter }: FailedRun): AfterFailure {
  if (isTerminal && hasDeadLetter) return 'dead';
  if (park && round > 0) return hasDeadLetter && round >= parkPolicyOf(park).rounds ? 'dead' : 'postpone';
  if (park) return isTerminal || attempt >= attempts ? 'park' : 'again';
  if (isTerminal) return 'hold';
  return hasDeadLetter && attempt >= attempts ? 'dead' : 'again';
}
