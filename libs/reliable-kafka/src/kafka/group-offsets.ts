import { ReliableKafkaError, partitionName, type TopicPartition } from '../contracts/index.js';
import type { AdminLink } from './admin-link.js';

/** What the broker holds for a group in one partition, as it is: -1 is no commit, -2 what kafkajs leaves behind when it resets a position. */
export interface StoredOffset extends TopicPartition {
  readonly offset: bigint;
  readonly metadata: string;
}

export interface LogRange extends TopicPartition {
  readonly start: bigint;
  /** The offset that the next record will get. */
  readonly end: bigint;
}

/** Reads offsets of groups and bounds of logs. */
export class GroupOffsets {
  constructor(private readonly admin: AdminLink) {}

  /** All partitions of the topics, by name. The consumer of kafkajs reads offsets itself, but never their metadata. */
  async stored(groupId: string, topics: readonly string[]): Promise<Map<string, StoredOffset>> {
    const stored = new Map<string, StoredOffset>();
    if (topics.length === 0) return stored;
    const offsets = await this.admin.ask((admin) => admin.fetchOffsets({ groupId, topics: [...topics] }));
    for (const { topic, partitions } of offsets) {
      for (const { partition, offset, metadata } of partitions) {
        stored.set(partitionName(topic, partition), {
          topic,
          partition,
          offset: BigInt(offset),
          metadata: metadata ?? '',
        });
      }
    }
    return stored;
  }

  async ranges(topics: readonly string[]): Promise<Map<string, LogRange>> {
    const ranges = new Map<string, LogRange>();
    await Promise.all(
      topics.map(async (topic) => {
        const bounds = await this.admin.ask((admin) => admin.fetchTopicOffsets(topic));
        for (const { partition, low, high } of bounds) {
          ranges.set(partitionName(topic, partition), { topic, partition, start: BigInt(low), end: BigInt(high) });
        }
      }),
    );
    return ranges;
  }

  /** Of these partitions at least; an error when the brokers do not know one of them at the moment. */
  async rangesOf(partitions: readonly TopicPartition[]): Promise<Map<string, LogRange>> {
    const ranges = await this.ranges([...new Set(partitions.map(({ topic }) => topic))]);
    for (const { topic, partition } of partitions) {
      const name = partitionName(topic, partition);
      if (!ranges.has(name)) throw new ReliableKafkaError(`${name} is not in the metadata`);
    }
    return ranges;
  }

  /** The first offset at or after `timestamp`, the log end when there is none. */
  async at(topic: string, partition: number, timestamp: number): Promise<bigint> {
    const offsets = await this.admin.ask((admin) => admin.fetchTopicOffsetsByTimestamp(topic, timestamp));
    const found = offsets.find((entry) => entry.partition === partition);
    if (!found) throw new ReliableKafkaError(`${partitionName(topic, partition)} does not exist`);
    return BigInt(found.offset);
  }
}
