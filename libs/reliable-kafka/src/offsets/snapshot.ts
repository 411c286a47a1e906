/** How often a failing record has been tried. */
export interface AttemptCount {
  /** Relative to the watermark. */
  readonly offset: number;
  readonly handler: number;
  readonly attempts: number;
}

/** One partition's progress at one point in time: what a commit may say. */
export interface ProgressSnapshot {
  /** The watermark: the lowest offset without an outcome. */
  readonly watermark: bigint;
  /** Per handler, what is completed above the watermark: rising half-open ranges `from, to, …` relative to it. Gaps in the log join what they lie in. */
  readonly completed: readonly (readonly number[])[];
  readonly attempts: readonly AttemptCount[];
}
