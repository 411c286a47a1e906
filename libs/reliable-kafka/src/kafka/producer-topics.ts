import type { Kafka } from 'kafkajs';
import { UnknownTopicError } from '../producer/index.js';
import type { TopicLayout } from '../producer/index.js';
import { failureOf } from './producer-failure.js';
import type { Patience } from './producer-patience.js';

export interface TopicLayoutsOptions {
  readonly kafka: Kafka;
  readonly maxAge: number;
  /** Ask the broker to create topics that it does not know. */
  readonly create: boolean;
  patience(): Patience;
}

/** The partitions of the topics that are sent to: read on first use, again in the background when they have grown old. */
export class TopicLayouts {
  readonly #known = new Map<string, { readonly layout: TopicLayout; readonly until: number }>();
  readonly #loading = new Map<string, Promise<TopicLayout>>();

  constructor(private readonly options: TopicLayoutsOptions) {}

  /** Rejects with `UnknownTopicError`, or with the client's error when no broker answers in time. */
  async of(topic: string): Promise<TopicLayout> {
    const known = this.#known.get(topic);
    if (!known) return this.#load(topic);
    if (known.until <= Date.now()) this.refresh(topic);
    return known.layout;
  }

  /** Negative when it is not known. */
  leader(topic: string, partition: number): number {
    return this.#known.get(topic)?.layout.leaders[partition] ?? -1;
  }

  /** Reads the layout again without anyone waiting; what is known goes on counting until then, and when no broker answers. */
  refresh(topic: string): void {
    this.#load(topic).catch((error) => {
      if (error instanceof UnknownTopicError) this.#known.delete(topic);
    });
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
    const { patience: patienceOf, create, maxAge } = this.options;
    const patience = patienceOf();
    for (let creating = create; ;) {
      try {
        const layout = await this.#read(topic);
        this.#known.set(topic, { layout, until: Date.now() + maxAge });
        return layout;
      } catch (thrown) {
        const { error, type, retriable } = failureOf(thrown);
        if (type === 'UNKNOWN_TOPIC_OR_PARTITION') {
          if (!creating) throw new UnknownTopicError(topic, { cause: error });
          creating = false;
          await this.#create(topic);
        } else {
          if (!retriable || patience.exhausted) throw error;
          await patience.pause();
        }
      }
    }
  }

  async #read(topic: string): Promise<TopicLayout> {
    const admin = this.options.kafka.admin();
    try {
      await admin.connect();
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const leaders: number[] = [];
      for (const { partitionId, leader } of topics[0]?.partitions ?? []) leaders[partitionId] = leader;
      return { partitions: leaders.length, leaders };
    } finally {
      void admin.disconnect().catch(() => undefined);
    }
  }

  /** A producer that names a topic makes the broker create it, with the broker's own defaults; nothing is sent. */
  async #create(topic: string): Promise<void> {
    const producer = this.options.kafka.producer({ allowAutoTopicCreation: true, createPartitioner: () => () => 0 });
    try {
      await producer.connect();
      await producer.send({ topic, messages: [] });
    } finally {
      void producer.disconnect().catch(() => undefined);
    }
  }
}
