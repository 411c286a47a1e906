/** Milliseconds to wait before the attempt that follows attempt number `attempt` (1 is the first). */
export type Backoff = (attempt: number) => number;

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
  atLeast('exponential(initial)', initial, 0);
  atLeast('exponential(…, { max })', max, initial);
  atLeast('exponential(…, { factor })', factor, 1);
  if (!(jitter >= 0 && jitter <= 1))
    throw new RangeError(`exponential(…, { jitter }) must lie between 0 and 1, not ${jitter}`);
  return (attempt) => {
    const full = Math.min(max, initial * factor ** Math.min(attempt - 1, 1000));
    return full * (1 - jitter * random());
  };
}

/** Waits `ms` milliseconds after every attempt. */
export function fixed(ms: number): Backoff {
  atLeast('fixed(ms)', ms, 0);
  return () => ms;
}

function atLeast(what: string, value: number, least: number): void {
  if (!Number.isFinite(value) || value < least)
    throw new RangeError(`${what} must be a number of at least ${least}, not ${value}`);
}
