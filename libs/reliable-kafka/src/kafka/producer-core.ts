import { Kafka } from 'kafkajs';
import type { CompressionTypes, KafkaConfig } from 'kafkajs';
import type { DeliveryReport, EmitEvent, EncodedRecord, ReliableProducerOptions } from '../contracts/index.js';
import { Partitioning, ProducerClosedError, SendQueue } from '../producer/index.js';
import type { Channel, PartitionQuestion, ProducerCore } from '../producer/index.js';
import { ProducerId } from './producer-id.js';
import { Patience } from './producer-patience.js';
import { TopicLayouts } from './producer-topics.js';

export interface ProducerCoreOptions {
  /** kafkajs `KafkaConfig`, as is. The core makes a Kafka instance of its own from it. */
  readonly client: KafkaConfig;
  readonly producer?: ReliableProducerOptions;
  readonly compression?: CompressionTypes;
  /** How long a broker waits for its replicas, in ms. kafkajs's default is 30,000. */
  readonly ackTimeout?: number;
  /** Told of every send that is rejected after it was accepted. */
  readonly emit?: EmitEvent;
}

const DELIVERY_TIMEOUT = 120_000;
const METADATA_MAX_AGE = 300_000;
const BATCH = { records: 1_000, bytes: 900_000 };
const REQUEST_BYTES = 8 * 1024 * 1024;
const CLOSE_TIMEOUT = 25_000;

/** Connects nothing until it is used. */
export function createProducerCore(options: ProducerCoreOptions): ProducerCore {
  return new KafkaProducerCore(options);
}

class KafkaProducerCore implements ProducerCore {
  readonly #kafka: Kafka;
  readonly #layouts: TopicLayouts;
  readonly #partitioning: Partitioning;
  readonly #queue: SendQueue;
  /** The id that carries a channel's next request. */
  readonly #current = new Map<Channel, ProducerId>();
  readonly #ids = new Set<ProducerId>();
  readonly #stop = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(private readonly options: ProducerCoreOptions) {
    const { client, producer = {} } = options;
    this.#kafka = new Kafka({ ...client, retry: { initialRetryTime: 100, maxRetryTime: 1_000, ...client.retry } });
    this.#partitioning = new Partitioning(producer.partitioner);
    this.#layouts = new TopicLayouts({
      kafka: this.#kafka,
      maxAge: producer.metadataMaxAge ?? METADATA_MAX_AGE,
      create: producer.allowAutoTopicCreation ?? false,
      patience: () => this.#patience(),
    });
    this.#queue = new SendQueue({
      limits: BATCH,
      requestBytes: REQUEST_BYTES,
      channelOf: (topic, partition) => this.#layouts.leader(topic, partition),
      defer: setImmediate,
      transmit: (channel, batches, settle) =>
        new Promise((free) => {
          const id = this.#idFor(channel);
          const troubled = () => {
            this.#current.delete(channel);
            for (const { topic } of batches) this.#layouts.refresh(topic);
            free();
          };
          void id.carry(batches, settle, this.#patience(), troubled).then(() => {
            if (!id.usable) this.#retire(channel, id);
            free();
          });
        }),
    });
  }

  async partitioning(topic: string): Promise<(message: PartitionQuestion) => number> {
    if (this.#closed) throw new ProducerClosedError();
    const layout = await this.#layouts.of(topic);
    return (message) => this.#partitioning.choose(topic, layout, message);
  }

  async send(topic: string, records: readonly EncodedRecord[]): Promise<DeliveryReport[]> {
    if (this.#closed) throw new ProducerClosedError();
    try {
      return await this.#queue.send(topic, records);
    } catch (error) {
      this.options.emit?.({ type: 'send-failed', topic, error });
      throw error;
    }
  }

  close(timeout = CLOSE_TIMEOUT): Promise<void> {
    this.#closed ??= this.#end(timeout);
    return this.#closed;
  }

  async #end(timeout: number): Promise<void> {
    await within(timeout, this.#queue.idle());
    this.#stop.abort();
    this.#queue.abandon(new ProducerClosedError());
    await within(5_000, Promise.allSettled([...this.#ids].map((id) => id.disconnect())));
  }

  #patience(): Patience {
    return new Patience(this.options.producer?.retry, DELIVERY_TIMEOUT, this.#stop.signal);
  }

  #idFor(channel: Channel): ProducerId {
    let id = this.#current.get(channel);
    if (!id) {
      const { producer, compression, ackTimeout } = this.options;
      const metadataMaxAge = producer?.metadataMaxAge ?? METADATA_MAX_AGE;
      id = new ProducerId({ kafka: this.#kafka, metadataMaxAge, compression, ackTimeout });
      this.#current.set(channel, id);
      this.#ids.add(id);
    }
    return id;
  }

  #retire(channel: Channel, id: ProducerId): void {
    if (this.#current.get(channel) === id) this.#current.delete(channel);
    this.#ids.delete(id);
    void id.disconnect().catch(() => undefined);
  }
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
