const MOST_LETTERS = 1_000;
const LONGEST_TEXT = 1_000;

/** Letters of a page. Throws a `RangeError`, as all of these do. */
export function checkedLimit(limit = 100): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST_LETTERS) return limit;
  throw new RangeError(`limit must be a whole number from 1 to ${MOST_LETTERS}, not ${limit}`);
}

/** Letters per second. */
export function checkedRate(rate = 100): number {
  if (Number.isFinite(rate) && rate > 0) return rate;
  throw new RangeError(`rate must be a number of letters per second, more than 0, not ${rate}`);
}

export function checkedText(text: unknown, name: string): string {
  if (typeof text === 'string' && text !== '' && text.length <= LONGEST_TEXT) return text;
  throw new RangeError(`${name} must be a text of 1 to ${LONGEST_TEXT} characters`);
}

/** What a call may mean by its letters: never all of them by mistake. */
export function checkedSelection<T>(selection: T): T {
  if (typeof selection === 'string' || (typeof selection === 'object' && selection !== null)) return selection;
  throw new RangeError('Name the letters: an id, a list of ids, or a filter; {} means all');
}
