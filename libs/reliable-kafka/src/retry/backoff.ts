import type { Backoff } from '../contracts/index.js';

/** What a timer can wait; beyond it Node's would fire at once. */
const LONGEST = 2 ** 31 - 1;

export interface ExponentialOptions {
  /** No wait is longer. Default 30,000 ms. */
  readonly max?: number;
  /** Growth from one attempt to the next. Default 2. */
  readonly factor?: number;
  /**
   * The share of each wait that is left to chance, 0 to 1. Default 0.5: keys that failed together, for one cause, come back apart, and none comes
   * back at once, as it might with 1.
   */
  readonly jitter?: number;
  /** Where chance comes from. Default `Math.random`. */
  readonly random?: () => number;
}

/** Waits `initial` ms after the first attempt and `factor` times as long after each further one. Throws a RangeError for values that make no sense. */
export function exponential(
  initial: number,
  { max = 30_000, factor = 2, jitter = 0.5, random = Math.random }: ExponentialOptions = {},
): Backoff {
  within('exponential(initial)', initial, 0, LONGEST);
  within('exponential(…, { max })', max, initial, LONGEST);
  within('exponential(…, { factor })', factor, 1, Number.MAX_VALUE);
  within('exponential(…, { jitter })', jitter, 0, 1);
  return (attempt) => {
    const full = Math.min(max, initial * Math.min(factor ** (attempt - 1), Number.MAX_VALUE));
    return full * (1 - jitter * random());
  };
}

/** Waits `ms` milliseconds after every attempt. */
export function fixed(ms: number): Backoff {
  within('fixed(ms)', ms, 0, LONGEST);
  return () => ms;
}

function within(what: string, value: number, least: number, most: number): void {
  if (!(value >= least && value <= most))
    throw new RangeError(`${what} must be a number from ${least} to ${most}, not ${value}`);
}
