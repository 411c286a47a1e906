import type { Partitioner } from '../contracts/index.js';
import { InvalidMessageError } from './errors.js';
import { murmur2 } from './murmur2.js';

/** The partitions of a topic, as the broker lists them. */
export interface TopicLayout {
  readonly partitions: number;
  /** The leader of each partition, by its number; negative while there is none. */
  readonly leaders: readonly number[];
}

/** What a choice needs to know of a message. */
export interface PartitionQuestion {
  readonly partition?: number;
  readonly key: Buffer | null;
  readonly value: unknown;
}

/** Where a message goes: its own `partition`, else the custom partitioner, else the key's hash, else spread. */
export class Partitioning {
  readonly #turns = new Map<string, number>();

  constructor(private readonly custom?: Partitioner) {}

  choose(topic: string, layout: TopicLayout, message: PartitionQuestion): number {
    const { partitions } = layout;
    const { key, value } = message;
    if (message.partition !== undefined) return existing(topic, partitions, message.partition, 'its own `partition`');
    const chosen = this.custom?.({ topic, key, value, partitions });
    if (chosen !== undefined) return existing(topic, partitions, chosen, 'the custom partitioner');
    if (key !== null) return (murmur2(key) & 0x7fffffff) % partitions;
    return this.#spread(topic, layout);
  }

  /** Round robin over the partitions that have a leader. */
  #spread(topic: string, { partitions, leaders }: TopicLayout): number {
    const turn = this.#turns.get(topic) ?? Math.floor(Math.random() * partitions);
    for (let step = 0; step < partitions; step++) {
      const partition = (turn + step) % partitions;
      if ((leaders[partition] ?? -1) < 0) continue;
      this.#turns.set(topic, partition + 1);
      return partition;
    }
    return turn % partitions;
  }
}

function existing(topic: string, partitions: number, partition: number, by: string): number {
  if (Number.isInteger(partition) && partition >= 0 && partition < partitions) return partition;
  throw new InvalidMessageError(
    `A message to '${topic}' was given the partition ${partition} by ${by}, but the topic has ${partitions}: choose 0 to ${partitions - 1}`,
  );
}
