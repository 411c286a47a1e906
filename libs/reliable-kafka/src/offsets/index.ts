export { OffsetTracker, type TrackedOffset } from './offset-tracker.js';
export { RestoredProgress } from './restored-progress.js';
export { OffsetSet } from './offset-set.js';
export type { AttemptCount, CrashNotes, ProgressSnapshot, Suspect } from './snapshot.js';
export { CrashAccount } from './crash-account.js';
export { decodeProgress, encodeProgress, METADATA_LIMIT, type EncodedProgress } from './commit-metadata.js';
export { CommitScheduler, type CommitSchedulerOptions } from './commit-scheduler.js';
export { CommitTurn, type Committable } from './commit-turn.js';
