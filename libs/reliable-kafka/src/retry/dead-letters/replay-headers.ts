import type { ConsumedRecord, RecordHeaders } from '../../contracts/index.js';
import { REPLAY_HEADER } from '../../contracts/index.js';
import { textOf } from './headers.js';
import { identityOf, type LetterIdentity } from './letter-id.js';

/** The header that names the dead letter, by its id: the handler that it is for, and where the record first stood. */
const REPLAY_OF = 'dlt-replay-of';

/** A record on its way back to one handler. */
export interface ReplayMark {
  readonly replayId: string;
  readonly letter: LetterIdentity;
}

export function markReplay(
  headers: RecordHeaders | undefined,
  replay: { readonly replayId: string; readonly letterId: string },
): RecordHeaders {
  return { ...headers, [REPLAY_HEADER]: replay.replayId, [REPLAY_OF]: replay.letterId };
}

/**
 * `undefined` for a record that is no replay, which it must be in its own topic: whoever answers a record with another one, and passes its headers on,
 * does not speak of replays.
 */
export function replayMark({ topic, headers }: Pick<ConsumedRecord, 'topic' | 'headers'>): ReplayMark | undefined {
  if (headers?.[REPLAY_OF] === undefined) return undefined;
  const replayId = textOf(headers, REPLAY_HEADER);
  const letter = identityOf(textOf(headers, REPLAY_OF) ?? '');
  return replayId !== undefined && letter?.topic === topic ? { replayId, letter } : undefined;
}

/** Whether the record was published once more for the sake of one handler, and this is another one, which has had it. */
export function isReplayForAnother(record: ConsumedRecord, group: string, handler: string): boolean {
  const mark = replayMark(record);
  return mark !== undefined && !isOf(mark, group, handler);
}

export function isOf({ letter }: ReplayMark, group: string, handler: string): boolean {
  return letter.group === group && letter.handler === handler;
}

export function withoutReplayMark(headers: RecordHeaders | undefined): RecordHeaders {
  const { [REPLAY_HEADER]: _id, [REPLAY_OF]: _of, ...rest } = headers ?? {};
  return rest;
}
