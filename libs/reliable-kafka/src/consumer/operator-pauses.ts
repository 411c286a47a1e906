import type { RecordSource, TopicPartition } from '../contracts/index.js';
import { partitionName, ReliableKafkaError } from '../contracts/index.js';
import type { PartitionSession } from './partition-session.js';

/** What an operator paused: neither fetched nor started, in this process, also after the partition went and came back. */
export class OperatorPauses {
  private readonly paused = new Map<string, TopicPartition>();

  constructor(
    private readonly source: RecordSource,
    private readonly sessions: ReadonlyMap<string, PartitionSession>,
  ) {}

  pause(topic?: string, partitions?: readonly number[]): void {
    for (const partition of this.named(topic, partitions)) {
      const name = partitionName(partition.topic, partition.partition);
      this.paused.set(name, partition);
      this.source.pause(partition, 'operator');
      this.sessions.get(name)?.close('operator');
    }
  }

  resume(topic?: string, partitions?: readonly number[]): void {
    for (const partition of this.named(topic, partitions)) {
      const name = partitionName(partition.topic, partition.partition);
      if (!this.paused.delete(name)) continue;
      this.source.resume(partition, 'operator');
      this.sessions.get(name)?.open('operator');
    }
  }

  /** After an assignment: partitions that came (back) are paused like the others. */
  reapply(): void {
    for (const [name, partition] of this.paused) {
      this.source.pause(partition, 'operator');
      this.sessions.get(name)?.close('operator');
    }
  }

  private named(topic: string | undefined, partitions: readonly number[] | undefined): TopicPartition[] {
    const counts = this.source.partitionCounts();
    if (topic === undefined) return [...counts].flatMap(([name, count]) => range(name, count));
    const count = counts.get(topic);
    if (count === undefined)
      throw new ReliableKafkaError(`${topic} is not consumed here: ${[...counts.keys()].join(', ')} are`);
    return partitions?.map((partition) => ({ topic, partition })) ?? range(topic, count);
  }
}

function range(topic: string, count: number): TopicPartition[] {
  return Array.from({ length: count }, (_, partition) => ({ topic, partition }));
}
