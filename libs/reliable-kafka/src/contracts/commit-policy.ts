/**
 * When a commit is sent. What it may contain is never decided here: the watermark alone says that.
 * - `'record'`: after each outcome
 * - `'batch'`: when everything that one fetch brought has an outcome, and while a record of it is stuck, every second
 * - `{ count, ms }`: after so many outcomes in the partition, or so many milliseconds after the first of them, whichever comes first
 * - `'manual'`: as the default, but an outcome needs `ctx.acknowledge()`
 */
export type CommitAfterPolicy = 'record' | 'batch' | 'manual' | { readonly count?: number; readonly ms?: number };

/** `sync` starts nothing more in the partition until the commit is acknowledged; `async` goes on meanwhile. */
export type CommitMode = 'async' | 'sync';

export interface CommitPolicy {
  readonly after: CommitAfterPolicy;
  readonly mode: CommitMode;
}

export const DEFAULT_COMMIT_POLICY: CommitPolicy = { after: { count: 1000, ms: 1000 }, mode: 'async' };
