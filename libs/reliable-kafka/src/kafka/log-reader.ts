import { setTimeout as delay } from 'node:timers/promises';
import { Kafka } from 'kafkajs';
import type { Cluster, KafkaMessage } from 'kafkajs';
import type { LogBounds, LogReading, Portion } from '../retry/index.js';
import type { Asks } from './admin-link.js';
import { withoutAnswers } from './admin-log.js';
import { clusterOf } from './assigners.js';
import { OFFSET_OUT_OF_RANGE, errorCodeOf } from './error-codes.js';
import { withLog } from './kafka-log.js';
import { partitionsOf } from './topic-facts.js';
import { type AdminOptions, withAdmin } from './with-admin.js';

/** kafkajs does not declare what a fetch answers. */
interface Fetched {
  readonly responses: readonly {
    readonly partitions: readonly { readonly messages: readonly (KafkaMessage & { isControlRecord?: boolean })[] }[];
  }[];
}

const PORTION_BYTES = 1024 * 1024;
const MAX_WAIT = 100;
/** The bounds are those of everything that was written, too. */
const READ_UNCOMMITTED = 0;
/** Waits between tries while leaders move. */
const PATIENCE = [100, 300, 900, 2_700];

/** Reads topics with fetches of its own: a consumer of kafkajs would have to join a group for it. */
export class LogReader implements LogReading {
  private cluster: Promise<Cluster> | undefined;

  constructor(
    private readonly kafka: Kafka,
    readonly admin: Asks,
  ) {}

  async bounds(topic: string): Promise<readonly LogBounds[]> {
    if (await this.isMissing(topic)) return [];
    const bounds = await this.admin.ask((admin) => admin.fetchTopicOffsets(topic));
    return bounds.map(({ partition, low, high }) => ({ partition, start: BigInt(low), end: BigInt(high) }));
  }

  async offsetsAt(topic: string, timestamp: number): Promise<ReadonlyMap<number, bigint>> {
    if (await this.isMissing(topic)) return new Map();
    const offsets = await this.admin.ask((admin) => admin.fetchTopicOffsetsByTimestamp(topic, timestamp));
    return new Map(offsets.map(({ partition, offset }) => [partition, BigInt(offset)]));
  }

  async portion(topic: string, partition: number, offset: bigint): Promise<Portion> {
    for (let tries = 0; ; tries++) {
      try {
        return await fetch(await (this.cluster ??= this.open()), topic, partition, offset);
      } catch (error) {
        if (errorCodeOf(error) === OFFSET_OUT_OF_RANGE) return this.afterRetention(topic, partition, offset, error);
        if (tries === PATIENCE.length) throw error;
        await this.close();
        await delay(PATIENCE[tries]);
      }
    }
  }

  async close(): Promise<void> {
    const cluster = this.cluster;
    this.cluster = undefined;
    await cluster?.then((open) => open.disconnect()).catch(() => undefined);
  }

  /** What was there a moment ago is gone. */
  private async afterRetention(topic: string, partition: number, offset: bigint, error: unknown): Promise<Portion> {
    const found = (await this.bounds(topic)).find((one) => one.partition === partition);
    if (!found || found.start <= offset) throw error;
    return { records: [], next: found.start };
  }

  private async isMissing(topic: string): Promise<boolean> {
    return (await partitionsOf(this.admin, [topic])).get(topic)!.silence?.reason === 'missing';
  }

  private async open(): Promise<Cluster> {
    const cluster = clusterOf(this.kafka, 'reads-without-a-group');
    await cluster.connect();
    return cluster;
  }
}

/** Connections for reading, closed when the work is done. */
export function withLogReader<T>(options: AdminOptions, work: (reader: LogReader) => Promise<T>): Promise<T> {
  return withAdmin(options, async (admin) => {
    const reader = new LogReader(new Kafka(withLog(options.client, withoutAnswers(options.log))), admin);
    try {
      return await work(reader);
    } finally {
      await reader.close();
    }
  });
}

async function fetch(cluster: Cluster, topic: string, partition: number, offset: bigint): Promise<Portion> {
  await cluster.addTargetTopic(topic);
  const [leader] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  if (leader === undefined) throw new Error(`${topic}[${partition}] is not in the metadata`);
  const broker = await cluster.findBroker({ nodeId: leader });
  const { responses }: Fetched = await broker.fetch({
    isolationLevel: READ_UNCOMMITTED,
    maxWaitTime: MAX_WAIT,
    minBytes: 1,
    maxBytes: PORTION_BYTES,
    topics: [{ topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes: PORTION_BYTES }] }],
  });
  const messages = responses[0]!.partitions[0]!.messages.filter((message) => BigInt(message.offset) >= offset);
  const last = messages.at(-1);
  return {
    records: messages
      .filter(({ isControlRecord }) => !isControlRecord)
      .map(({ offset: at, key, value, headers, timestamp }) => ({
        topic,
        partition,
        offset: BigInt(at),
        key,
        value,
        headers,
        timestamp,
      })),
    // What compaction has emptied says nothing of its end: the next offset is in it, or behind it.
    next: (last ? BigInt(last.offset) : offset) + 1n,
  };
}
