import { Kafka } from 'kafkajs';
import type { DeliveryReport, EmitEvent, Log, RuntimeOptions } from '../contracts/index.js';
import { DeliveryError, Partitioning, ProducerClosedError, SendQueue, Turns } from '../producer/index.js';
import type { Channel, PartitionBatch, ProducerCore, Settle } from '../producer/index.js';
import { withLog } from './kafka-log.js';
import { ProducerId } from './producer-id.js';
import { quiet } from './producer-log.js';
import { Patience } from './producer-patience.js';
import { Sockets } from './producer-sockets.js';
import { TopicLayouts } from './producer-topics.js';

export interface ProducerCoreOptions extends Pick<RuntimeOptions, 'client' | 'producer' | 'topics'> {
  /** Told of every send that is rejected after it was accepted. */
  readonly emit?: EmitEvent;
  /** Where kafkajs's messages go, unless `client` has a `logCreator`. The console by default. */
  readonly log?: Log;
}

type Encode = Parameters<ProducerCore['send']>[1];

const DELIVERY_TIMEOUT = 120_000;
const METADATA_MAX_AGE = 300_000;
/** Under the brokers' default bound of 1 MiB a batch. kafkajs copies a batch once per record, so more records are not faster. */
const BATCH = { records: 500, bytes: 900_000 };
const REQUEST_BYTES = 8 * 1024 * 1024;
/** Ids in trouble may have a successor for the other partitions of their leader, until there are so many ids. */
const MOST_IDS = 16;
const CLOSE_TIMEOUT = 25_000;
/** What kafkajs may take to notice that its sockets are cut, and to disconnect. */
const LAST_BREATH = 5_000;

/** Connects nothing until it is used. */
export function createProducerCore(options: ProducerCoreOptions): ProducerCore {
  return new KafkaProducerCore(options);
}

class KafkaProducerCore implements ProducerCore {
  readonly #kafka: Kafka;
  readonly #sockets: Sockets;
  readonly #layouts: TopicLayouts;
  readonly #partitioning: Partitioning;
  readonly #queue: SendQueue;
  readonly #turns = new Turns();
  /** Sends without an outcome. */
  readonly #open = new Set<Promise<unknown>>();
  /** The id that carries a channel's next request. */
  readonly #current = new Map<Channel, ProducerId>();
  /** Those, and the ones that bring their last request to an end. */
  readonly #ids = new Set<ProducerId>();
  readonly #stop = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(private readonly options: ProducerCoreOptions) {
    const { client, producer = {}, topics = {}, log = console } = options;
    const { deliveryTimeout = DELIVERY_TIMEOUT, metadataMaxAge = METADATA_MAX_AGE } = producer;
    this.#sockets = new Sockets(client.socketFactory);
    this.#kafka = new Kafka({
      ...withLog(client, quiet(log)),
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, ...client.retry },
      socketFactory: this.#sockets.factory,
    });
    this.#partitioning = new Partitioning(producer.partitioner);
    this.#layouts = new TopicLayouts({
      kafka: this.#kafka,
      maxAge: metadataMaxAge,
      timeout: deliveryTimeout,
      topics,
      autoCreate: producer.allowAutoTopicCreation ?? false,
      patience: () => this.#patience(),
    });
    this.#queue = new SendQueue({
      limits: BATCH,
      requestBytes: REQUEST_BYTES,
      deliveryTimeout,
      now: Date.now,
      channelOf: (topic, partition) => this.#layouts.leader(topic, partition),
      defer: setImmediate,
      transmit: (channel, batches, settle) => this.#transmit(channel, batches, settle),
    });
  }

  async connect(): Promise<void> {
    const admin = this.#kafka.admin();
    await admin.connect();
    await admin.disconnect();
  }

  async send(topic: string, encode: Encode): Promise<DeliveryReport[]> {
    if (this.#closed) throw new ProducerClosedError();
    const sending = this.#send(topic, encode);
    this.#open.add(sending);
    try {
      return await sending;
    } catch (error) {
      if (error instanceof DeliveryError) this.options.emit?.({ type: 'send-failed', topic, error, unheard: false });
      throw error;
    } finally {
      this.#open.delete(sending);
    }
  }

  close(timeout = CLOSE_TIMEOUT): Promise<void> {
    this.#closed ??= this.#end(timeout);
    return this.#closed;
  }

  async #send(topic: string, encode: Encode): Promise<DeliveryReport[]> {
    const { delivery } = await this.#turns.take(topic, async () => {
      const layout = await this.#layouts.of(topic);
      const records = await encode((message) => this.#partitioning.choose(topic, layout, message));
      if (this.#stop.signal.aborted) throw new ProducerClosedError();
      // In an object, since awaiting it is not part of the turn.
      return { delivery: this.#queue.send(topic, records) };
    });
    return delivery;
  }

  async #end(timeout: number): Promise<void> {
    const sent = Promise.allSettled([...this.#open]);
    const inTime = await within(timeout, sent);
    this.#stop.abort();
    if (!inTime) {
      this.#queue.abandon(new ProducerClosedError());
      this.#sockets.destroy(new ProducerClosedError());
      await within(LAST_BREATH, sent);
    }
    const disconnected = Promise.allSettled([this.#layouts.idle(), ...[...this.#ids].map((id) => id.disconnect())]);
    if (!(await within(LAST_BREATH, disconnected))) this.#sockets.destroy(new ProducerClosedError());
  }

  #transmit(channel: Channel, batches: readonly PartitionBatch[], settle: Settle): Promise<void> {
    return new Promise((free) => {
      const id = this.#idFor(channel);
      const troubled = () => {
        this.#current.delete(channel);
        if (!this.#stop.signal.aborted) for (const { topic } of batches) this.#layouts.refresh(topic);
        if (this.#ids.size < MOST_IDS) free();
      };
      void id.carry(batches, settle, this.#patience(), troubled).then(() => {
        if (!id.usable) this.#retire(channel, id);
        free();
      });
    });
  }

  #idFor(channel: Channel): ProducerId {
    const current = this.#current.get(channel);
    if (current) return current;
    const { metadataMaxAge = METADATA_MAX_AGE, compression } = this.options.producer ?? {};
    const id = new ProducerId({ kafka: this.#kafka, metadataMaxAge, compression, stopped: this.#stop.signal });
    this.#current.set(channel, id);
    this.#ids.add(id);
    return id;
  }

  #retire(channel: Channel, id: ProducerId): void {
    if (this.#current.get(channel) === id) this.#current.delete(channel);
    this.#ids.delete(id);
    void id.disconnect().catch(() => undefined);
  }

  #patience(): Patience {
    return new Patience(this.options.producer?.retry, this.#stop.signal);
  }
}

/** Whether the work was done in time. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, ms, false)));
  const inTime = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}
