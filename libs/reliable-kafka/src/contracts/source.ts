import type { RecordBatch } from './record.js';
import type { TopicPartition } from './topic-partition.js';

/** Why a partition is not being fetched. Fetching goes on when no reason is left, so that no `resume` undoes another's pause. */
export type PauseReason =
  | 'operator'
  | 'settings'
  | 'back-pressure'
  | 'infrastructure'
  | 'loading'
  | 'hold'
  | 'parking'
  | 'widening'
  | 'out-of-range'
  | 'undecodable';

export interface OffsetCommit extends TopicPartition {
  readonly offset: bigint;
  readonly metadata: string;
}

/** One partition of a new assignment, with what the broker holds for the group. */
export interface AssignedPartition extends TopicPartition {
  /** `undefined`: the group has no commit here. */
  readonly committed: bigint | undefined;
  /** As stored; foreign text is possible. */
  readonly metadata: string;
  /** Where consumption starts by the source's judgement: the commit, else `startFrom`. */
  readonly position: bigint;
  readonly logStart: bigint;
  readonly logEnd: bigint;
}

export type DrainReason = 'rebalance' | 'leave' | 'shutdown';

/** What a record source tells. Calls never overlap, but for `records` of different partitions, and none comes after `stop()` resolved. */
export interface SourceListener {
  /**
   * The group has settled and no join of ours is unanswered. All partitions are paused during the call; the answer, in the same order,
   * says where fetching goes on (usually `position`; further on where work in hand is kept).
   */
  assigned(assignment: number, partitions: readonly AssignedPartition[]): readonly bigint[];
  /** Synchronous on purpose: the fetch loop never waits for handlers. */
  records(batch: RecordBatch): void;
  /** Start nothing more, let running attempts end (not backoffs), commit, resolve. Bounded by the listener's drain timeout. Never rejects. */
  drain(reason: DrainReason): Promise<void>;
  /** From now on there is no assignment: nothing may start or be committed until the next `assigned`. */
  revoked(): void;
  /** The local lease was lost (start nothing, abort what runs: another member may own the partitions) or regained. */
  leaseChanged(held: boolean): void;
}

/** A commit that was not acknowledged: what it held is still to be committed. */
export type CommitFailureReason = 'rebalancing' | 'fenced' | 'unavailable';

/** Where records come from and offsets go: the seam between the Kafka client and everything above it. */
export interface RecordSource {
  /** Resolves when the start-up checks have passed and the group is being joined. */
  start(listener: SourceListener): Promise<void>;
  /** Drains through the listener, leaves the group, closes all connections. Idempotent; never hangs longer than the drain timeout and some seconds. */
  stop(): Promise<void>;
  /**
   * One request for all entries. Resolves with what the broker acknowledged (an entry whose metadata was refused comes back with `metadata: ''`).
   * Rejects with `CommitFailedError` when nothing is known to be stored, or when `assignment` is no longer the current one.
   */
  commit(assignment: number, commits: readonly OffsetCommit[]): Promise<readonly OffsetCommit[]>;
  pause(partition: TopicPartition, reason: PauseReason): void;
  resume(partition: TopicPartition, reason: PauseReason): void;
  pauseReasons(partition: TopicPartition): readonly PauseReason[];
  /** Moves the fetch position of an assigned partition and drops what was fetched before it. */
  seek(partition: TopicPartition, offset: bigint): void;
  /** The first offset at or after `timestamp` (ms), the log end when there is none. */
  offsetAt(partition: TopicPartition, timestamp: number): Promise<bigint>;
  /** False when the broker has not acknowledged a heartbeat, commit or join for `sessionTimeout`: another member may own the partitions. */
  hasLease(): boolean;
  /** Concrete topics with their partition counts, as last seen. */
  partitionCounts(): ReadonlyMap<string, number>;
}
