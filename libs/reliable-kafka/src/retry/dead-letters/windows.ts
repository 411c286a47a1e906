import { indexLetters, type IndexedLetter } from './letter-index.js';
import type { LogBounds, LogReading } from './log-reading.js';

/** Where looking through dead letter topics goes on. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  /** The partition's beginning when absent. */
  readonly offset?: bigint;
}

/** A stretch of one partition, and the letters in it. */
export interface Window {
  readonly topic: string;
  readonly partition: number;
  readonly start: bigint;
  readonly letters: readonly IndexedLetter[];
  /** How many records it took to find them. */
  readonly records: number;
  /** The window after it; absent when this is the last one. */
  readonly next?: Position;
}

/** Records of one window at most: copies are recognized inside it, and this much has to be remembered at a time. */
export const WINDOW = 100_000;

/** The topics from a position on, up to where they end now, window by window. With `since`, nothing that is older. */
export async function* windows(
  log: LogReading,
  topics: readonly string[],
  { from, since, size = WINDOW }: { from?: Position; since?: number; size?: number } = {},
): AsyncGenerator<Window> {
  for (const topic of from ? topics.slice(topics.indexOf(from.topic)) : topics) {
    const earliest = since === undefined ? undefined : await log.offsetsAt(topic, since);
    const partitions = (await log.bounds(topic)).toSorted((a, b) => a.partition - b.partition);
    const nextTopic = topics[topics.indexOf(topic) + 1];
    const entered = from?.topic === topic ? from : undefined;
    for (const bounds of partitions.slice(entered?.partition ?? 0)) {
      const { partition, end } = bounds;
      const after: Position | undefined =
        partition + 1 < partitions.length
          ? { topic, partition: partition + 1 }
          : nextTopic === undefined
            ? undefined
            : { topic: nextTopic, partition: 0 };
      const wanted = partition === entered?.partition ? entered.offset : undefined;
      let start = latest(bounds.start, wanted, earliest?.get(partition));
      do {
        const stretch = await readStretch(log, topic, { partition, start, end }, size);
        const { letters, records, reached } = stretch;
        yield {
          topic,
          partition,
          start,
          letters,
          records,
          next: reached < end ? { topic, partition, offset: reached } : after,
        };
        start = reached;
      } while (start < end);
    }
  }
}

async function readStretch(log: LogReading, topic: string, { partition, start, end }: LogBounds, size: number) {
  const index = new Map<string, IndexedLetter>();
  let records = 0;
  let reached = start;
  while (reached < end && records < size) {
    const portion = await log.portion(topic, partition, reached);
    const inside = portion.records.filter(({ offset }) => offset < end);
    indexLetters(inside, index);
    records += inside.length;
    reached = portion.next;
  }
  return { letters: [...index.values()], records, reached };
}

function latest(start: bigint, ...others: readonly (bigint | undefined)[]): bigint {
  return others.reduce<bigint>((most, one) => (one !== undefined && one > most ? one : most), start);
}
