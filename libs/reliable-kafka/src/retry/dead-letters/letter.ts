import type {
  ConsumedRecord,
  DeadLetterPolicy,
  DeadLetterState,
  DeadRecord,
  DeathReason,
  RecordHeaders,
} from '../../contracts/index.js';
import { REPLAY_HEADER } from '../../contracts/index.js';
import { errorText, type ErrorText } from './error-text.js';
import { originalHeaders, readHeaders, textOf, writeHeaders } from './headers.js';
import { letterId, type Origin } from './letter-id.js';
import { isOf, replayMark, withoutReplayMark } from './replay-headers.js';

/** A dead letter as it stands in its topic; of several copies the latest. */
export interface DeadLetterEntry {
  /** Group, handler, the record's coordinates and its time, as one text: the same for all copies. */
  readonly id: string;
  readonly deadLetterTopic: string;
  /** Where in it. */
  readonly place: { readonly partition: number; readonly offset: bigint };
  readonly group: string;
  /** The handler's name (empty by default), and its class and method. */
  readonly handler: string;
  readonly label: string;
  readonly reason: DeathReason;
  readonly error: ErrorText;
  /** Runs of the handler, as far as they were counted. */
  readonly attempts: number;
  /** Milliseconds since the epoch. */
  readonly diedAt: number;
  /** Absent where there was none, or where it was too long to be kept. */
  readonly orderingKey?: string;
  readonly guardKey?: string;
  /** The later records of its key wait until it is replayed or discarded. */
  readonly held: boolean;
  /** The record as it was: key, value, headers, and where it stood. */
  readonly record: ConsumedRecord;
  readonly state: DeadLetterState;
}

/** What is read from the topic alone. */
export interface StoredLetter extends Omit<DeadLetterEntry, 'state'> {
  /** The replay in which it died, if it was one. */
  readonly replayId?: string;
}

/** What is to be stored of a record that is dead. */
export interface WrittenLetter extends Pick<ConsumedRecord, 'key' | 'value'> {
  readonly headers: RecordHeaders;
  /** The partition of its first death. */
  readonly partition: number;
  readonly at: number;
}

export function writeLetter(
  dead: DeadRecord,
  { hold = false }: DeadLetterPolicy,
  group: string,
  at: number,
): WrittenLetter {
  const { record, binding, reason, attempts, orderingKey, guardKey } = dead;
  const mark = replayMark(record);
  const replay = mark && isOf(mark, group, binding.name) ? mark : undefined;
  // A replay that was published into the topic anew stands elsewhere, and is still the same letter.
  const { topic, partition, offset, timestamp }: Origin = replay?.letter ?? record;
  const headers = writeHeaders(replay ? withoutReplayMark(record.headers) : record.headers, {
    topic,
    partition,
    offset,
    timestamp,
    group,
    handler: binding.name,
    label: binding.label,
    orderingKey,
    guardKey,
    reason,
    attempts,
    error: errorText(dead.error),
    at,
    held: hold,
  });
  if (replay) headers[REPLAY_HEADER] = replay.replayId;
  return { key: record.key, value: record.value, headers, partition, at };
}

/** `undefined` for a record that is no dead letter of ours. */
export function readLetter(stored: ConsumedRecord): StoredLetter | undefined {
  const fields = readHeaders(stored.headers);
  if (!fields) return undefined;
  const { topic, partition, offset, timestamp, at, ...told } = fields;
  return {
    ...told,
    id: letterId(fields),
    deadLetterTopic: stored.topic,
    place: { partition: stored.partition, offset: stored.offset },
    reason: told.reason as DeathReason,
    diedAt: at,
    record: {
      topic,
      partition,
      offset,
      timestamp,
      key: stored.key,
      value: stored.value,
      headers: originalHeaders(stored.headers!),
    },
    replayId: textOf(stored.headers, REPLAY_HEADER),
  };
}
