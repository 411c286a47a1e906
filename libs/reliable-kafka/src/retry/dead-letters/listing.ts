import { cursorOf, type Place, placeOf } from './cursor.js';
import type { DeadLetterFilter } from './filter.js';
import type { DeadLetterEntry } from './letter.js';
import { lettersAt } from './letters-at.js';
import { selected, type LetterSources, type SelectedLetter, type SelectedWindow } from './selection.js';

export interface DeadLetterPage {
  readonly letters: readonly DeadLetterEntry[];
  /** For the next page; absent on the last one. A page may be empty and have one: nothing was found so far, and there is more to look through. */
  readonly cursor?: string;
}

export interface PageOptions {
  readonly limit: number;
  readonly cursor?: string;
}

export interface FoundLetter {
  readonly letter: DeadLetterEntry;
  /** What it was found by. */
  readonly found: SelectedLetter;
  /** Bytes of key and value. */
  readonly size: number;
}

/** Records that are looked through for one page, and bytes that it holds, more or less. */
const LOOK_THROUGH = 200_000;
const PAGE_BYTES = 16 * 1024 * 1024;

/** One page of what the filter means: topic by topic, partition by partition, oldest first. */
export async function listLetters(
  sources: LetterSources,
  topics: readonly string[],
  filter: DeadLetterFilter,
  { limit, cursor }: PageOptions,
): Promise<DeadLetterPage> {
  const from = cursor === undefined ? undefined : placeOf(cursor, topics);
  const page: DeadLetterEntry[] = [];
  let bytes = 0;
  let looked = 0;
  for await (const window of selected(sources, topics, filter, from)) {
    const { topic, partition, start, next } = window;
    const letters = window.letters.filter((letter) => !wasListed(from, window, letter));
    for await (const { letter, found, size } of lettersOf(sources, { ...window, letters })) {
      page.push(letter);
      bytes += size;
      if (page.length < limit && bytes < PAGE_BYTES) continue;
      if (found === letters.at(-1) && !next) return { letters: page };
      return { letters: page, cursor: cursorOf({ topic, partition, offset: start, after: found.first }) };
    }
    looked += window.records;
    if (next && looked >= LOOK_THROUGH) return { letters: page, cursor: cursorOf(next) };
  }
  return { letters: page };
}

function wasListed(from: Place | undefined, { topic, partition }: SelectedWindow, { first }: SelectedLetter): boolean {
  return from?.after !== undefined && from.topic === topic && from.partition === partition && first <= from.after;
}

/** The letters behind what is remembered of them. */
export async function* lettersOf(
  { log }: Pick<LetterSources, 'log'>,
  { topic, partition, letters }: SelectedWindow,
): AsyncGenerator<FoundLetter> {
  const byOffset = new Map(letters.map((letter) => [letter.latest, letter]));
  for await (const { replayId: _, ...letter } of lettersAt(log, topic, partition, byOffset.keys())) {
    const found = byOffset.get(letter.place.offset)!;
    const { key, value } = letter.record;
    yield { letter: { ...letter, state: found.state }, found, size: (key?.length ?? 0) + (value?.length ?? 0) };
  }
}
