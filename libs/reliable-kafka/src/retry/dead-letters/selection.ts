import type { DeadLetterState, DeadLetterStates } from '../../contracts/index.js';
import { type DeadLetterFilter, matches, stateOf } from './filter.js';
import type { IndexedLetter } from './letter-index.js';
import { identityOf } from './letter-id.js';
import type { LogReading } from './log-reading.js';
import { windows, type Position, type Window } from './windows.js';

/** One dead letter by its id, several, or all that a filter means. */
export type DeadLetterSelection = string | readonly string[] | DeadLetterFilter;

export interface SelectedLetter extends IndexedLetter {
  readonly state: DeadLetterState;
  /** What somebody has entered for it, which need not be so any more. */
  readonly entered: DeadLetterState | undefined;
}

/** The selected letters of one window, in the order of their first copies. */
export interface SelectedWindow extends Window {
  readonly letters: readonly SelectedLetter[];
}

export interface LetterSources {
  readonly log: LogReading;
  readonly states: DeadLetterStates;
}

/** Clocks of producers may be ahead of those that record deaths. */
const CLOCKS = 3_600_000;

export async function* selected(
  { log, states }: LetterSources,
  topics: readonly string[],
  selection: DeadLetterSelection,
  from?: Position,
): AsyncGenerator<SelectedWindow> {
  if (typeof selection === 'string' || Array.isArray(selection)) {
    yield* byIds({ log, states }, topics, [selection].flat());
    return;
  }
  const filter = selection as DeadLetterFilter;
  const since = filter.since === undefined ? undefined : Number(filter.since);
  for await (const window of windows(log, topics, { from, since })) {
    yield withStates(states, window, (letter, state) => matches(filter, letter, state));
  }
}

/** A record dies after it was sent, so that what lies before need not be looked at; unless clocks differ by more than one would think. */
async function* byIds(
  { log, states }: LetterSources,
  topics: readonly string[],
  ids: readonly string[],
): AsyncGenerator<SelectedWindow> {
  const wanted = new Set(ids);
  const sent = ids.map((id) => Number(identityOf(id)?.timestamp ?? Infinity));
  for (const since of [Math.min(...sent) - CLOCKS, undefined]) {
    if (wanted.size === 0 || since === Infinity) continue;
    for await (const window of windows(log, topics, { since: since === undefined ? since : Math.max(0, since) })) {
      const found = await withStates(states, window, ({ id }) => wanted.has(id));
      for (const { id } of found.letters) wanted.delete(id);
      if (found.letters.length > 0) yield found;
      if (wanted.size === 0) return;
    }
  }
}

async function withStates(
  states: DeadLetterStates,
  window: Window,
  isMeant: (letter: IndexedLetter, state: DeadLetterState) => boolean,
): Promise<SelectedWindow> {
  const ids = window.letters.map(({ id }) => id);
  const entered = ids.length > 0 ? await states.of(window.topic, ids) : new Map<string, DeadLetterState>();
  const letters = window.letters
    .map((letter) => ({ ...letter, state: stateOf(letter, entered.get(letter.id)), entered: entered.get(letter.id) }))
    .filter((letter) => isMeant(letter, letter.state));
  return { ...window, letters };
}
