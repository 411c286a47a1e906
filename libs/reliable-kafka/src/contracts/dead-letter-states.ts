import type { ConsumedRecord } from './record.js';

/**
 * What has become of a dead letter.
 * - `open`: nothing yet
 * - `replaying`: it is being given back to its handler, by somebody who has not come to the end of it
 * - `replayed`: it was given back to its handler; when it dies again there, it is `open` again
 * - `discarded`: nobody wants it any more
 */
export type DeadLetterStatus = 'open' | 'replaying' | 'replayed' | 'discarded';

export interface DeadLetterState {
  readonly status: DeadLetterStatus;
  /** Who changed it, and why, in their own words. */
  readonly by?: string;
  readonly why?: string;
  /** When, in ms since the epoch. Absent where nothing was changed yet. */
  readonly at?: number;
  /** Of its latest replay. A letter that comes with it has died again. */
  readonly replayId?: string;
}

/** Where the states of dead letters are kept: durable, and shared by all instances. */
export interface DeadLetterStates {
  /** Of these letters, by their ids; absent where nothing was changed yet. */
  of(deadLetterTopic: string, ids: readonly string[]): Promise<ReadonlyMap<string, DeadLetterState>>;
  /**
   * Enters a replay for those letters, by their ids, whose state still is the one that was seen (`undefined`: none). Answers the ones that it got: of
   * several who claim one letter at once, one gets it.
   */
  claim(
    deadLetterTopic: string,
    seen: ReadonlyMap<string, DeadLetterState | undefined>,
    claim: DeadLetterState,
  ): Promise<ReadonlySet<string>>;
  /** Stored when it resolves. */
  set(deadLetterTopic: string, ids: readonly string[], state: DeadLetterState): Promise<void>;
}

/** The header by which a record that is given back to its handler is recognized; its value names the replay. */
export const REPLAY_HEADER = 'dlt-replay';

/** Whether the record is a dead letter that somebody has replayed. */
export function isReplay({ headers }: Pick<ConsumedRecord, 'headers'>): boolean {
  return headers?.[REPLAY_HEADER] !== undefined;
}
