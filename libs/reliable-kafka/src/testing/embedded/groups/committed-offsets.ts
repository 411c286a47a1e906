export interface CommittedOffset {
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string;
}

interface Commit {
  readonly topic: string;
  readonly partition: number;
  readonly value: CommittedOffset;
}

interface Stored {
  readonly value: CommittedOffset;
  /** Its place in the order of all commits: a transaction never overwrites what was committed after its own offsets. */
  readonly order: number;
}

/** The committed positions of one group, and those that wait for their transaction to end. */
export class CommittedOffsets {
  private readonly stored = new Map<string, Map<number, Stored>>();
  private readonly pending = new Map<number, (Commit & { order: number })[]>();
  private order = 0;

  get(topic: string, partition: number): CommittedOffset | undefined {
    return this.stored.get(topic)?.get(partition)?.value;
  }

  /** Every topic with the partitions that have a committed position. */
  all(): { topic: string; partitions: number[] }[] {
    return [...this.stored].map(([topic, partitions]) => ({ topic, partitions: [...partitions.keys()] }));
  }

  commit(commit: Commit): void {
    this.store(commit, ++this.order);
  }

  commitInTransaction(producerId: number, commit: Commit): void {
    const waiting = this.pending.get(producerId) ?? [];
    this.pending.set(producerId, [...waiting, { ...commit, order: ++this.order }]);
  }

  endTransaction(producerId: number, committed: boolean): void {
    const waiting = this.pending.get(producerId) ?? [];
    this.pending.delete(producerId);
    if (!committed) return;
    for (const commit of waiting) {
      const present = this.stored.get(commit.topic)?.get(commit.partition);
      if (!present || present.order < commit.order) this.store(commit, commit.order);
    }
  }

  forgetTopic(topic: string): void {
    this.stored.delete(topic);
  }

  private store({ topic, partition, value }: Commit, order: number): void {
    const partitions = this.stored.get(topic) ?? new Map<number, Stored>();
    this.stored.set(topic, partitions.set(partition, { value, order }));
  }
}
