import type { DeadLetterState } from '../../contracts/index.js';
import { ReliableKafkaError } from '../../contracts/index.js';
import { selected, type DeadLetterSelection, type LetterSources, type SelectedWindow } from './selection.js';

/** What became of a replay, or of discarding. */
export interface DeadLetterReport {
  /** How many letters it was done with. */
  readonly done: number;
  /** Those that were meant and left alone, and why: the first 1,000 of them. */
  readonly skipped: readonly { readonly id: string; readonly why: string }[];
}

/**
 * It came to an end before all of the selected letters had their turn: `report` tells how far. Done again it goes on there; those that were just being
 * handed over are `replaying`, since nobody knows, and need `force`.
 */
export class DeadLetterInterruptedError extends ReliableKafkaError {
  override readonly name = 'DeadLetterInterruptedError';
  constructor(
    readonly report: DeadLetterReport,
    options: ErrorOptions,
  ) {
    super(`It ended after ${report.done} letters: ${String(options.cause)}`, options);
  }
}

export interface ChangeOptions {
  /** Also those that are not open. */
  readonly force: boolean;
  readonly by: string | undefined;
}

/** Goes through what is selected, window by window, and leaves out what is not to be changed. */
export async function changeLetters(
  sources: LetterSources,
  topics: readonly string[],
  selection: DeadLetterSelection,
  { force }: ChangeOptions,
  change: (window: SelectedWindow, progress: Progress) => Promise<void>,
): Promise<DeadLetterReport> {
  const progress = new Progress();
  const named = new Set(typeof selection === 'string' || Array.isArray(selection) ? [selection].flat() : []);
  try {
    for await (const window of selected(sources, topics, selection)) {
      for (const { id, state } of window.letters) {
        const wasNamed = named.delete(id);
        if (wasNamed && !force && state.status !== 'open') progress.skip([id], whyNot(state));
      }
      const letters = window.letters.filter(({ state }) => force || state.status === 'open');
      if (letters.length > 0) await change({ ...window, letters }, progress);
    }
    progress.skip(named, 'there is no such letter');
    return progress.report;
  } catch (cause) {
    throw new DeadLetterInterruptedError(progress.report, { cause });
  }
}

const MOST_TOLD = 1_000;

export class Progress {
  private count = 0;
  private readonly skipped: { id: string; why: string }[] = [];

  get report(): DeadLetterReport {
    return { done: this.count, skipped: this.skipped };
  }

  done(letters: number): void {
    this.count += letters;
  }

  skip(ids: Iterable<string>, why: string): void {
    for (const id of ids) if (this.skipped.length < MOST_TOLD) this.skipped.push({ id, why });
  }
}

function whyNot({ status, by, at }: DeadLetterState): string {
  const whose = by === undefined ? '' : ` by ${by}`;
  const when = at === undefined ? '' : ` at ${new Date(at).toISOString()}`;
  return `it is ${status}${whose}${when}: with force it is done again`;
}
