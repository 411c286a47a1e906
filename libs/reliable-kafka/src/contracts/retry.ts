import type { ErrorClassRules } from './failure.js';

/** Milliseconds to wait before the attempt that follows attempt number `attempt` (1 is the first). */
export type Backoff = (attempt: number) => number;

/** How often a failing record is tried, and how. What is not said is as in `RuntimeOptions.defaults.retry`. */
export interface RetryPolicy extends ErrorClassRules {
  /**
   * Runs, the first included, until the record is dead-lettered or its key parked. Default 10. Where there is neither, it bounds nothing: retriable
   * records go on at the longest backoff.
   */
  readonly attempts?: number;
  /** Default `exponential(200, { max: 30_000 })`. */
  readonly backoff?: Backoff;
  /** Milliseconds after which `ctx.signal` of an attempt aborts. The lane stays taken until the method has ended. None by default. */
  readonly timeout?: number;
}
