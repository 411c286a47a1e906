import type { ConsumedRecord, DeathReason } from '../../contracts/index.js';
import { REPLAY_HEADER } from '../../contracts/index.js';
import { readHeaders, textOf } from './headers.js';
import { letterId } from './letter-id.js';

/** What is remembered of a letter while its topic is looked through. */
export interface IndexedLetter {
  readonly id: string;
  /** Offsets of its first copy, which gives it its place in the order, and of its latest, which is shown. */
  readonly first: bigint;
  readonly latest: bigint;
  readonly label: string;
  readonly reason: DeathReason;
  readonly diedAt: number;
  readonly held: boolean;
  /** The latest replay in which it died. */
  readonly replayId: string | undefined;
}

/**
 * Adds the letters of some consecutive records, each once. There are copies: an acknowledgement may be lost, and what a crash has kept from being committed
 * dies again. The first copies of one key stand in the order of its records, since none is tried before its predecessor is buried.
 */
export function indexLetters(records: Iterable<ConsumedRecord>, index: Map<string, IndexedLetter>): void {
  for (const record of records) {
    const fields = readHeaders(record.headers);
    if (!fields) continue;
    const id = letterId(fields);
    const known = index.get(id);
    index.set(id, {
      id,
      first: known?.first ?? record.offset,
      latest: record.offset,
      label: fields.label,
      reason: fields.reason as DeathReason,
      diedAt: fields.at,
      held: fields.held,
      replayId: textOf(record.headers, REPLAY_HEADER) ?? known?.replayId,
    });
  }
}
