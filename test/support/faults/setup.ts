import type { Ground } from './ground.js';

/** What a worker is built from. Plain, for other processes. */
export interface Setup {
  readonly ground: Ground;
  /** Which guarded handlers it has, by their names. */
  readonly subjects: readonly string[];
  readonly tuning?: Tuning;
  /** Milliseconds by which the process's clock is wrong. */
  readonly clockSkew?: number;
}

/** What scenarios change of guards and stores. Milliseconds. */
export interface Tuning {
  /** Of `setNx` and `statusGuard` with `claim`. Default 2,000. */
  readonly lease?: number;
  /** How long a used key is remembered. */
  readonly retention?: number;
  /** How long a claim waits for one that is under way. */
  readonly lockTimeout?: number;
  /** After how much silence the database ends an open transaction. */
  readonly idleTimeout?: number;
  /** How often used keys are looked through for those that have expired. */
  readonly sweepEvery?: number;
  /** After a takeover. Default 'retry'. */
  readonly onUnknown?: 'retry' | 'stop';
  /** After how long a command to Redis counts as failed. */
  readonly commandTimeout?: number;
}
