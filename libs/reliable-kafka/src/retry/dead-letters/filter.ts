import type { DeadLetterState, DeadLetterStatus, DeathReason } from '../../contracts/index.js';
import type { IndexedLetter } from './letter-index.js';
import { identityOf } from './letter-id.js';

/** Which dead letters are meant; what is absent does not matter. */
export interface DeadLetterFilter {
  /** The topic that the record came from. */
  readonly topic?: string;
  readonly group?: string;
  /** The handler's name, or its class and method. */
  readonly handler?: string;
  readonly reason?: DeathReason;
  readonly state?: DeadLetterStatus;
  /** When it died: at the earliest, and before when. Milliseconds since the epoch, or a date. */
  readonly since?: Date | number;
  readonly until?: Date | number;
}

const OPEN: DeadLetterState = Object.freeze({ status: 'open' });

/** What was entered for it, unless it has come back from its replay since. */
export function stateOf(letter: Pick<IndexedLetter, 'replayId'>, entered: DeadLetterState = OPEN): DeadLetterState {
  const { status, replayId } = entered;
  const cameBack = (status === 'replaying' || status === 'replayed') && replayId === letter.replayId;
  return cameBack ? { status: 'open', replayId, why: 'it died again when it was replayed' } : entered;
}

export function matches(filter: DeadLetterFilter, letter: IndexedLetter, state: DeadLetterState): boolean {
  const { topic, group, handler, reason, since, until } = filter;
  const identity = identityOf(letter.id)!;
  return (
    (topic === undefined || topic === identity.topic) &&
    (group === undefined || group === identity.group) &&
    (handler === undefined || handler === identity.handler || handler === letter.label) &&
    (reason === undefined || reason === letter.reason) &&
    (filter.state === undefined || filter.state === state.status) &&
    (since === undefined || letter.diedAt >= Number(since)) &&
    (until === undefined || letter.diedAt < Number(until))
  );
}
