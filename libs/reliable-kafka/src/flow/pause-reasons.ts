import type { PauseReason, TopicPartition } from '../contracts/index.js';
import { partitionName } from '../contracts/index.js';

/** Outlive an assignment: whoever set them expects them to hold whichever process has the partition. */
const LASTING: readonly PauseReason[] = ['operator', 'settings'];

/** Why partitions are not fetched, as sets: one reason's end never undoes another's pause. */
export class PauseReasons {
  private readonly reasons = new Map<string, Set<PauseReason>>();

  /** True when this was the first reason: the partition turned paused. */
  add({ topic, partition }: TopicPartition, reason: PauseReason): boolean {
    const name = partitionName(topic, partition);
    let set = this.reasons.get(name);
    if (!set) this.reasons.set(name, (set = new Set()));
    return set.size < set.add(reason).size && set.size === 1;
  }

  /** True when this was the last reason: the partition may be fetched again. */
  remove({ topic, partition }: TopicPartition, reason: PauseReason): boolean {
    const name = partitionName(topic, partition);
    const set = this.reasons.get(name);
    if (!set?.delete(reason) || set.size > 0) return false;
    return this.reasons.delete(name);
  }

  of({ topic, partition }: TopicPartition): readonly PauseReason[] {
    return [...(this.reasons.get(partitionName(topic, partition)) ?? [])];
  }

  /** A new assignment begins: what belonged to the old one ends with it. */
  forget(): void {
    for (const [name, set] of this.reasons) {
      for (const reason of set) if (!LASTING.includes(reason)) set.delete(reason);
      if (set.size === 0) this.reasons.delete(name);
    }
  }
}
