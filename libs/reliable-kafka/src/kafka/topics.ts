import { ReliableKafkaError } from '../contracts/index.js';
import { stateTopicOf } from '../retry/index.js';
import type { Asks } from './admin-link.js';
import { partitionsOf } from './topic-facts.js';

/** Topics that no RegExp means: Kafka's own, replies to requests, and dead letters (consuming them would retry them for ever). */
const NEVER_MATCHED = /^__|\.reply$|-dlt(\.state)?$/;

/** Which concrete topics a list of names and patterns stands for, and how many partitions they have. */
export class TopicList {
  private counts: ReadonlyMap<string, number> = new Map();
  private readonly names: readonly string[];
  private readonly patterns: readonly RegExp[];
  private readonly never: ReadonlySet<string>;

  constructor(
    private readonly admin: Asks,
    topics: readonly (string | RegExp)[],
    deadLetterTopics: readonly string[] = [],
  ) {
    this.names = [...new Set(topics.filter((topic) => typeof topic === 'string'))];
    // With `g` or `y` a RegExp would remember where its last match ended, and miss every second topic.
    this.patterns = topics
      .filter((topic) => typeof topic !== 'string')
      .map(({ source, flags }) => new RegExp(source, flags.replace(/[gy]/g, '')));
    this.never = new Set(deadLetterTopics.flatMap((topic) => [topic, stateTopicOf(topic)]));
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
    await this.count(counts);
    if (this.patterns.length > 0) await this.match(counts);
    this.counts = counts;
  }

  private async count(counts: Map<string, number>): Promise<void> {
    for (const [topic, { value, silence }] of await partitionsOf(this.admin, this.names)) {
      if (value) counts.set(topic, value.length);
      else if (silence!.reason !== 'missing') throw new ReliableKafkaError(`${topic}: ${silence!.message}`);
    }
  }

  private async match(counts: Map<string, number>): Promise<void> {
    const { topics } = await this.admin.ask((admin) => admin.fetchTopicMetadata());
    for (const { name, partitions } of topics) {
      if (NEVER_MATCHED.test(name) || this.never.has(name)) continue;
      if (this.patterns.some((pattern) => pattern.test(name))) counts.set(name, partitions.length);
    }
  }
}
