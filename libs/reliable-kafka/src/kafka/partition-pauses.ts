import type { EmitEvent, PauseReason, TopicPartition } from '../contracts/index.js';
import { PauseReasons } from '../flow/index.js';

/** Pause reasons, told as they come and go. */
export class PartitionPauses {
  private readonly reasons = new PauseReasons();

  constructor(private readonly emit: EmitEvent) {}

  of(partition: TopicPartition): readonly PauseReason[] {
    return this.reasons.of(partition);
  }

  /** True when the partition turned paused. */
  add(partition: TopicPartition, reason: PauseReason): boolean {
    if (this.of(partition).includes(reason)) return false;
    this.tell('paused', partition, reason);
    return this.reasons.add(partition, reason);
  }

  /** True when no reason is left. */
  remove(partition: TopicPartition, reason: PauseReason): boolean {
    if (!this.of(partition).includes(reason)) return false;
    this.tell('resumed', partition, reason);
    return this.reasons.remove(partition, reason);
  }

  /** What belonged to the last assignment ends with it. */
  forget(): void {
    this.reasons.forget();
  }

  private tell(type: 'paused' | 'resumed', { topic, partition }: TopicPartition, reason: PauseReason): void {
    this.emit({ type, topic, partition, reason });
  }
}
