/** How often a failing record has been tried. */
export interface AttemptCount {
  /** Relative to the watermark. */
  readonly offset: number;
  readonly handler: number;
  readonly attempts: number;
}

/** A record that was being handled when a process went down. */
export interface Suspect {
  /** Relative to the watermark. */
  readonly offset: number;
  /** Processes that went down while it ran. */
  readonly crashes: number;
  /** It runs now: should the process go down, that is one more. */
  readonly isRunning: boolean;
}

/** What owners tell those who come after them, should the process go down. */
export interface CrashNotes {
  /** Owners that began at this watermark, or since the one that makes them cautious, and have not ended cleanly. */
  readonly starts: number;
  /** Lowest first. */
  readonly suspects: readonly Suspect[];
}

/** One partition's progress at one point in time: what a commit may say, and what the next owner reads in it. */
export interface ProgressSnapshot {
  /** The watermark: the lowest offset without an outcome. */
  readonly watermark: bigint;
  /** Per handler, what is completed above the watermark: rising half-open ranges `from, to, …` relative to it. Gaps in the log join what they lie in. */
  readonly completed: readonly (readonly number[])[];
  /** Of records that have no outcome yet, lowest first. */
  readonly attempts: readonly AttemptCount[];
  /** Absent where there is nothing to tell. */
  readonly crashes?: CrashNotes | undefined;
}

/** Adds a range behind all others, or to the last one when it touches it. An empty one adds nothing. */
export function addRange(bounds: number[], from: number, to: number): void {
  if (from >= to) return;
  if (bounds.at(-1) === from) bounds[bounds.length - 1] = to;
  else bounds.push(from, to);
}
