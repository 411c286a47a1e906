import type { Member } from './commits.js';
import { partitionName, type TopicPartition } from '../contracts/index.js';

/** What a GROUP_JOIN gave: from now on the group counts on us for these partitions, under this generation. */
export interface Membership extends Member {
  readonly partitions: readonly TopicPartition[];
}

/** One assignment, from the listener's `assigned` to its `revoked`. */
export class Assignment {
  private readonly names: ReadonlySet<string>;
  private lettingGo: Promise<void> | undefined;

  constructor(
    readonly id: number,
    readonly membership: Membership,
  ) {
    this.names = new Set(membership.partitions.map(({ topic, partition }) => partitionName(topic, partition)));
  }

  includes({ topic, partition }: TopicPartition): boolean {
    return this.names.has(partitionName(topic, partition));
  }

  /** Lets go once, for whatever reason comes first; everybody else waits for the same end. */
  letGo(drain: () => Promise<void>): Promise<void> {
    return (this.lettingGo ??= drain());
  }
}
