import { changeLetters, type ChangeOptions, type DeadLetterReport } from './changing.js';
import type { DeadLetterEntry } from './letter.js';
import { lettersOf } from './listing.js';
import type { DeadLetterSelection, LetterSources } from './selection.js';

export interface DiscardWork extends LetterSources {
  /** Lets the key of a held letter go on. */
  release(letter: DeadLetterEntry): Promise<void>;
  readonly now: () => number;
}

/** Nobody wants them any more, and says why. */
export function discardLetters(
  work: DiscardWork,
  topics: readonly string[],
  selection: DeadLetterSelection,
  options: ChangeOptions & { readonly why: string },
): Promise<DeadLetterReport> {
  const { by, why } = options;
  return changeLetters(work, topics, selection, options, async (window, progress) => {
    const held = { ...window, letters: window.letters.filter((one) => one.held) };
    // Before it is discarded: a key that is held, and no letter to see it by, would be held for ever.
    for await (const { letter } of lettersOf(work, held)) await work.release(letter);
    const ids = window.letters.map(({ id }) => id);
    await work.states.set(window.topic, ids, { status: 'discarded', by, why, at: work.now() });
    progress.done(ids.length);
  });
}
