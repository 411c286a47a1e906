import type { PauseReason } from './source.js';
import type { TopicPartition } from './topic-partition.js';

export interface PartitionStats extends TopicPartition {
  /** Grows by one with each new assignment that did not keep the work in hand. */
  readonly epoch: number;
  /** The next offset to fetch. */
  readonly position: bigint;
  /** The lowest offset without an outcome: what a commit would say. */
  readonly watermark: bigint;
  readonly inFlight: number;
  readonly buffered: number;
  readonly lanes: number;
  readonly paused: readonly PauseReason[];
  /** Processes went down over this partition: its records run one at a time, until it is known which one is to blame, or that none is. */
  readonly cautious: boolean;
  /** Records that wait in the parking store, below the watermark. */
  readonly parked: number;
  /** Records between the watermark and the log end that was last seen, and those that are parked. */
  readonly lag: bigint;
}

export interface ConsumerStats {
  readonly state: 'stopped' | 'starting' | 'running' | 'draining';
  readonly concurrency: number;
  readonly inFlight: number;
  readonly buffered: number;
  readonly partitions: readonly PartitionStats[];
}
