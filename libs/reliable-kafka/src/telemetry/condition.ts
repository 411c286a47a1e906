import type { ConsumerStats, PartitionStats } from '../contracts/index.js';

/** How a consumer is at this moment: what can be looked at, and need not be remembered. */
export interface ConsumerCondition {
  /** `absent`: this application only produces. */
  readonly state: ConsumerStats['state'] | 'absent' | 'not-started';
  /** Whether the group still counts on this process, as far as it knows. Says something of an assignment only. */
  readonly hasLease: boolean;
  /** Those that are assigned. */
  readonly partitions: readonly PartitionCondition[];
  /** Those with something to say. */
  readonly handlers: readonly HandlerCondition[];
}

export type PartitionCondition = Pick<
  PartitionStats,
  'topic' | 'partition' | 'paused' | 'position' | 'watermark' | 'parked'
>;

/** Keys of one handler on one topic, counted. */
export interface HandlerCondition {
  readonly topic: string;
  /** Class and method. */
  readonly handler: string;
  /** Whose next record cannot be handled. */
  readonly held: number;
  /** Whose next record has failed often. */
  readonly failing: number;
  /** Whose attempt does not end. */
  readonly stuck: number;
}
