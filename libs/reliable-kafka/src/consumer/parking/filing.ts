import type { ParkedKey } from '../../contracts/index.js';
import type { Task } from '../task.js';

/** A run of a record out of the parking store. */
export interface ParkedRun extends ParkedKey {
  readonly replayId: string;
  /** Runs before it was parked. */
  readonly attempts: number;
  /** Which round of the record it is, counted from 1. */
  readonly round: number;
}

/**
 * What the parking store is told of a record, again and again until it is committed there.
 * - `park`: its key is parked with it
 * - `join`: it waits behind those of its key that are parked
 * - `take`: a round begins with it
 * - `settle`: it is done with
 * - `postpone`: it failed, and the round is over
 * - `hold`: its dead letter is published, and holds its key
 * - `known`: the store has it
 */
export type Filing =
  | { readonly kind: 'park' | 'postpone'; readonly delay: number; readonly error: unknown }
  | { readonly kind: 'join' | 'take' | 'settle' | 'hold' | 'known' };

/** What follows. */
export type Filed =
  /** It may run. */
  | 'taken'
  /** It has its outcome; of what came from the log, the offset may pass. */
  | 'filed'
  /** Neither; its lane waits. */
  | { readonly retryIn: number };

/** Once the partition is open again, unless its epoch is over. */
export const WHEN_OPEN = { retryIn: 0 } as const;
/** Where there is nothing to wait for but the time; a round of the key wakes the lane earlier. */
export const LATER = { retryIn: 30_000 } as const;

export const JOIN: Filing = { kind: 'join' };
export const TAKE: Filing = { kind: 'take' };
export const KNOWN: Filing = { kind: 'known' };
export const SETTLE: Filing = { kind: 'settle' };
const HOLD: Filing = { kind: 'hold' };

/** What the store is told of a record that has its outcome. */
export function endOf({ death, route, laneKey, parked, epoch }: Task): Filing | undefined {
  const isHeld = death && laneKey !== undefined && route.binding.deadLetter?.hold && epoch.parking;
  return isHeld ? HOLD : parked && SETTLE;
}
