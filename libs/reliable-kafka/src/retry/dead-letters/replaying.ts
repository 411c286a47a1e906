import type { DeadLetterState } from '../../contracts/index.js';
import { changeLetters, type ChangeOptions, type DeadLetterReport } from './changing.js';
import type { DeadLetter } from './letter.js';
import { lettersOf } from './listing.js';
import type { DeadLetterSelection, LetterSources, SelectedWindow } from './selection.js';

export interface ReplayWork extends LetterSources {
  /** Hands the letters over, in the order given. Resolves when they are stored where their handler will find them. */
  deliver(letters: readonly DeadLetter[], replayId: string): Promise<void>;
  /** Waits until so many may pass. */
  pace(letters: number): Promise<void>;
  readonly newId: () => string;
  readonly now: () => number;
}

const BATCH = 100;
const BATCH_BYTES = 4 * 1024 * 1024;

/** Gives letters back to their handlers, in the order of the records of each key. */
export function replayLetters(
  work: ReplayWork,
  topics: readonly string[],
  selection: DeadLetterSelection,
  options: ChangeOptions,
): Promise<DeadLetterReport> {
  const { force, by } = options;
  const replayId = work.newId();
  const stateNow = (status: DeadLetterState['status']): DeadLetterState => ({ status, by, at: work.now(), replayId });
  return changeLetters(work, topics, selection, options, async (window, progress) => {
    const { topic } = window;
    for await (const batch of batches(work, window)) {
      await work.pace(batch.length);
      const claimed = await work.states.claim(topic, idsOf(batch), stateNow('replaying'), force);
      const ours = batch.filter(({ id }) => claimed.has(id));
      await work.deliver(ours, replayId);
      await work.states.set(topic, idsOf(ours), stateNow('replayed'));
      progress.done(ours.length);
      progress.skip(idsOf(batch.filter(({ id }) => !claimed.has(id))), 'somebody else was faster');
    }
  });
}

/** The letters of a window, so many and so large at a time. */
async function* batches(sources: LetterSources, window: SelectedWindow): AsyncGenerator<readonly DeadLetter[]> {
  let batch: DeadLetter[] = [];
  let bytes = 0;
  for await (const { letter, size } of lettersOf(sources, window)) {
    batch.push(letter);
    bytes += size;
    if (batch.length < BATCH && bytes < BATCH_BYTES) continue;
    yield batch;
    [batch, bytes] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

function idsOf(letters: readonly DeadLetter[]): string[] {
  return letters.map(({ id }) => id);
}
