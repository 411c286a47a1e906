import type { DeadLetterState } from '../../contracts/index.js';
import type { DeadLetterEntry } from './letter.js';
import { changeLetters, type ChangeOptions, type DeadLetterReport } from './changing.js';
import { lettersOf, type FoundLetter } from './listing.js';
import type { DeadLetterSelection, LetterSources, SelectedWindow } from './selection.js';

export interface ReplayWork extends LetterSources {
  /** Hands the letters over, in the order given. Resolves when they are stored where their handler will find them. */
  deliver(letters: readonly DeadLetterEntry[], replayId: string): Promise<void>;
  /** Waits until so many may pass. */
  pace(letters: number): Promise<void>;
  /** Letters that are handed over together, at most. */
  readonly batch: number;
  readonly newId: () => string;
  readonly now: () => number;
}

const BATCH_BYTES = 4 * 1024 * 1024;

/** Gives letters back to their handlers, in the order of the records of each key. */
export function replayLetters(
  work: ReplayWork,
  topics: readonly string[],
  selection: DeadLetterSelection,
  options: ChangeOptions,
): Promise<DeadLetterReport> {
  const { by } = options;
  const replayId = work.newId();
  const stateNow = (status: DeadLetterState['status']): DeadLetterState => ({ status, by, at: work.now(), replayId });
  return changeLetters(work, topics, selection, options, async (window, progress) => {
    const { topic } = window;
    for await (const batch of batches(work, window, work.batch)) {
      await work.pace(batch.length);
      const seen = new Map(batch.map(({ found: { id, entered } }) => [id, entered]));
      const claimed = await work.states.claim(topic, seen, stateNow('replaying'));
      const ours = batch.map(({ letter }) => letter).filter(({ id }) => claimed.has(id));
      await work.deliver(ours, replayId);
      await work.states.set(topic, [...claimed], stateNow('replayed'));
      progress.done(ours.length);
      progress.skip(
        [...seen.keys()].filter((id) => !claimed.has(id)),
        'somebody else was faster',
      );
    }
  });
}

/** The letters of a window, so many and so large at a time. */
async function* batches(
  sources: LetterSources,
  window: SelectedWindow,
  most: number,
): AsyncGenerator<readonly FoundLetter[]> {
  let batch: FoundLetter[] = [];
  let bytes = 0;
  for await (const found of lettersOf(sources, window)) {
    batch.push(found);
    bytes += found.size;
    if (batch.length < most && bytes < BATCH_BYTES) continue;
    yield batch;
    [batch, bytes] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}
