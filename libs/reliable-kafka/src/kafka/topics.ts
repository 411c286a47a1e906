import type { TopicOptions } from '../contracts/index.js';
import type { Asks } from './admin-link.js';
import { UNKNOWN_TOPIC_OR_PARTITION, errorCodeOf } from './error-codes.js';

/** Topics that no RegExp means: Kafka's own, replies to requests, and dead letters (consuming them would retry them for ever). */
const NEVER_MATCHED = /^__|\.reply$|-dlt$/;

/** Which concrete topics a list of names and patterns stands for, and how many partitions they have. */
export class TopicList {
  private counts: ReadonlyMap<string, number> = new Map();
  private readonly names: readonly string[];
  private readonly patterns: readonly RegExp[];

  constructor(
    private readonly admin: Asks,
    topics: readonly (string | RegExp)[],
  ) {
    this.names = [...new Set(topics.filter((topic) => typeof topic === 'string'))];
    // With `g` or `y` a RegExp would remember where its last match ended, and miss every second topic.
    this.patterns = topics
      .filter((topic) => typeof topic !== 'string')
      .map(({ source, flags }) => new RegExp(source, flags.replace(/[gy]/g, '')));
  }

  get partitionCounts(): ReadonlyMap<string, number> {
    return this.counts;
  }

  /** The concrete topics, sorted: those named, and what the patterns match now. */
  get concrete(): readonly string[] {
    return [...this.counts.keys()].toSorted();
  }

  /** Named topics that do not exist. */
  get missing(): readonly string[] {
    return this.names.filter((name) => !this.counts.has(name));
  }

  /** Asks the brokers. What was listed before stays when they cannot answer. */
  async refresh(): Promise<void> {
    const counts = new Map<string, number>();
    for (const name of this.names) await this.count(name, counts);
    if (this.patterns.length > 0) await this.match(counts);
    this.counts = counts;
  }

  /** Creates the named topics that do not exist and whose options say how many partitions they want. */
  async createMissing(options: Readonly<Record<string, TopicOptions>>): Promise<void> {
    const wanted = this.missing.filter((topic) => options[topic]?.partitions !== undefined);
    if (wanted.length === 0) return;
    const topics = wanted.map((topic) => ({
      topic,
      numPartitions: options[topic]!.partitions,
      replicationFactor: options[topic]!.replication ?? -1,
    }));
    await this.admin.ask((admin) => admin.createTopics({ topics }));
    await this.refresh();
  }

  /** One by one: asked about several topics, kafkajs fails for all of them when one does not exist. */
  private async count(name: string, counts: Map<string, number>): Promise<void> {
    try {
      const { topics } = await this.admin.ask((admin) => admin.fetchTopicMetadata({ topics: [name] }));
      counts.set(name, topics[0]!.partitions.length);
    } catch (error) {
      if (errorCodeOf(error) !== UNKNOWN_TOPIC_OR_PARTITION) throw error;
    }
  }

  private async match(counts: Map<string, number>): Promise<void> {
    const { topics } = await this.admin.ask((admin) => admin.fetchTopicMetadata());
    for (const { name, partitions } of topics) {
      const matches = this.patterns.some((pattern) => pattern.test(name)) && !NEVER_MATCHED.test(name);
      if (matches) counts.set(name, partitions.length);
    }
  }
}
