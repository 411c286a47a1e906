import type { Admin, Kafka } from 'kafkajs';
import type { RuntimeOptions } from '../contracts/index.js';
import { wantedTopics } from '../durability/index.js';
import { channelsOf, TopicUnavailableError, UnknownTopicError } from '../producer/index.js';
import type { Channel, TopicLayout } from '../producer/index.js';
import { failureOf } from './producer-failure.js';
import type { Patience } from './producer-patience.js';
import { createTopics } from './topic-creation.js';

export interface TopicLayoutsOptions {
  readonly kafka: Kafka;
  readonly maxAge: number;
  /** Topics to create, when they are sent to and do not exist. */
  readonly topics: NonNullable<RuntimeOptions['topics']>;
  /** Let the broker create all others. */
  readonly autoCreate: boolean;
  /** How long a first read is tried, in ms. */
  readonly timeout: number;
  patience(): Patience;
  /** Channels to each leader. Default 1. */
  readonly shards?: number;
}

/** Brokers hear of a new topic one after the other: so long one may say that it does not exist. */
const HEARD_OF = 1_000;

interface Known {
  readonly layout: TopicLayout;
  /** Of each partition, by its number. */
  readonly channels: readonly Channel[];
  readonly until: number;
}

/** The partitions of the topics that are sent to: read on first use, again in the background when they have grown old. */
export class TopicLayouts {
  readonly #known = new Map<string, Known>();
  readonly #loading = new Map<string, Promise<TopicLayout>>();

  constructor(private readonly options: TopicLayoutsOptions) {}

  /** Rejects with `UnknownTopicError`, or with `TopicUnavailableError` when no broker answers in time. */
  async of(topic: string): Promise<TopicLayout> {
    const known = this.#known.get(topic);
    if (!known) return this.#load(topic);
    if (known.until <= Date.now()) this.refresh(topic);
    return known.layout;
  }

  /** Of a partition, as far as its leader is known; negative when it is not. */
  channel(topic: string, partition: number): Channel {
    return this.#known.get(topic)?.channels[partition] ?? -1;
  }

  /** Reads the layout again without anyone waiting; what is known goes on counting until then, and when no broker answers. */
  refresh(topic: string): void {
    this.#load(topic).catch((error) => {
      if (error instanceof UnknownTopicError) this.#known.delete(topic);
    });
  }

  /** Resolves when no layout is being read. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#loading.values());
  }

  #load(topic: string): Promise<TopicLayout> {
    let loading = this.#loading.get(topic);
    if (!loading) {
      loading = this.#ask(topic).finally(() => this.#loading.delete(topic));
      this.#loading.set(topic, loading);
    }
    return loading;
  }

  async #ask(topic: string): Promise<TopicLayout> {
    const { maxAge, timeout, shards = 1 } = this.options;
    const patience = this.options.patience();
    const deadline = Date.now() + timeout;
    const heardOf = Date.now() + HEARD_OF;
    for (let created = false; ;) {
      try {
        const layout = await this.#withAdmin((admin) => read(admin, topic));
        const channels = channelsOf(topic, layout.leaders, shards);
        this.#known.set(topic, { layout, channels, until: Date.now() + maxAge });
        return layout;
      } catch (thrown) {
        const { error, type, retriable } = failureOf(thrown);
        if (type === 'UNKNOWN_TOPIC_OR_PARTITION' && !created) {
          created = await this.#create(topic);
          if (created) continue;
          if (patience.exhausted(heardOf)) throw new UnknownTopicError(topic, { cause: error });
          await patience.pause();
        } else {
          if (!retriable || patience.exhausted(deadline)) throw new TopicUnavailableError(topic, error);
          await patience.pause();
        }
      }
    }
  }

  /** Whether the topic was to be created. */
  async #create(topic: string): Promise<boolean> {
    const { topics, autoCreate, kafka } = this.options;
    if (topics[topic]?.partitions !== undefined) {
      const { refused } = await this.#withAdmin((admin) =>
        createTopics({ ask: (question) => question(admin) }, wantedTopics({ [topic]: topics[topic]! })),
      );
      const [refusal] = refused;
      if (refusal) throw new TopicUnavailableError(topic, new Error(`${refusal.what}. ${refusal.remedy}`));
      return true;
    }
    if (!autoCreate) return false;
    // A producer that names a topic makes the broker create it, with the broker's own defaults. Nothing is sent.
    const producer = kafka.producer({ allowAutoTopicCreation: true, createPartitioner: () => () => 0 });
    try {
      await producer.connect();
      await producer.send({ topic, messages: [] });
    } finally {
      void producer.disconnect().catch(() => undefined);
    }
    return true;
  }

  async #withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.options.kafka.admin();
    try {
      await admin.connect();
      return await work(admin);
    } finally {
      void admin.disconnect().catch(() => undefined);
    }
  }
}

async function read(admin: Admin, topic: string): Promise<TopicLayout> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const leaders: number[] = [];
  for (const { partitionId, leader } of topics[0]?.partitions ?? []) leaders[partitionId] = leader;
  return { partitions: leaders.length, leaders };
}
