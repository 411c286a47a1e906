import { Kafka } from 'kafkajs';
import type { DeliveryReport, EmitEvent, Log, RuntimeOptions } from '../contracts/index.js';
import { partitionName } from '../contracts/index.js';
import { RateLimit } from '../flow/index.js';
import {
  DeliveryError,
  Enqueued,
  FlushError,
  Pace,
  Partitioning,
  ProducerClosedError,
  Room,
  SendQueue,
  Sparingly,
  Turns,
  wireSize,
} from '../producer/index.js';
import type { ChoosePartition, OnDelivery, ProducerCore } from '../producer/index.js';
import { withLog } from './kafka-log.js';
import { ProducerIds } from './producer-ids.js';
import { quiet } from './producer-log.js';
import { Patience } from './producer-patience.js';
import { Sockets } from './producer-sockets.js';
import { TopicLayouts } from './producer-topics.js';

export interface ProducerCoreOptions extends Pick<RuntimeOptions, 'client' | 'producer' | 'topics'> {
  /** Told of what fails, is tried again or waits. */
  readonly emit?: EmitEvent;
  /** Where kafkajs's messages go, unless `client` has a `logCreator`. The console by default. */
  readonly log?: Log;
}

type Encode = Parameters<ProducerCore['send']>[1];
type EncodeOne = Parameters<ProducerCore['enqueue']>[1];

const DELIVERY_TIMEOUT = 120_000;
const METADATA_MAX_AGE = 300_000;
const LINGER = 5;
/** Under the brokers' default bound of 1 MiB a batch. kafkajs copies a batch once per record, so more records are not faster. */
const BATCH = { records: 500, bytes: 900_000 };
const REQUEST_BYTES = 8 * 1024 * 1024;
const MAX_BUFFERED = { records: 100_000, bytes: 32 * 1024 * 1024 };
const SHARDS = 1;
/** Between two events about one thing, in ms. */
const TELL_EVERY = 10_000;
/** Enqueued in one turn of the event loop: a ms or two. */
const PER_TURN = 250;
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
  readonly #ids: ProducerIds;
  readonly #queue: SendQueue;
  readonly #room: Room;
  readonly #enqueued: Enqueued;
  readonly #turns = new Turns();
  readonly #pace = new Pace(PER_TURN, setImmediate);
  readonly #sparingly = new Sparingly(TELL_EVERY, Date.now);
  readonly #emit: EmitEvent;
  /** Sends without an outcome. */
  readonly #open = new Set<Promise<unknown>>();
  readonly #stop = new AbortController();
  #closed: Promise<void> | undefined;

  constructor({ client, producer = {}, topics = {}, log = console, emit = () => undefined }: ProducerCoreOptions) {
    const { deliveryTimeout = DELIVERY_TIMEOUT, metadataMaxAge = METADATA_MAX_AGE, compression } = producer;
    const { linger = LINGER, shards = SHARDS, rateLimit } = producer;
    this.#emit = emit;
    this.#sockets = new Sockets(client.socketFactory);
    this.#kafka = new Kafka({
      ...withLog(client, quiet(log)),
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, ...client.retry },
      socketFactory: this.#sockets.factory,
    });
    this.#partitioning = new Partitioning(producer.partitioner);
    const patience = () => new Patience(producer.retry, this.#stop.signal);
    this.#layouts = new TopicLayouts({
      kafka: this.#kafka,
      maxAge: metadataMaxAge,
      timeout: deliveryTimeout,
      topics,
      autoCreate: producer.allowAutoTopicCreation ?? false,
      patience,
      shards,
    });
    this.#ids = new ProducerIds({
      kafka: this.#kafka,
      metadataMaxAge,
      compression,
      stopped: this.#stop.signal,
      patience,
      troubled: (batches) => {
        for (const { topic } of batches) this.#layouts.refresh(topic);
      },
      retried: ({ topic, partition, records: { length: records } }, attempt, error) => {
        if (!this.#sparingly.isTimeFor(partitionName(topic, partition))) return;
        emit({ type: 'send-retried', topic, partition, records, attempt, error });
      },
    });
    this.#room = new Room({ ...MAX_BUFFERED, ...producer.maxBuffered });
    this.#enqueued = new Enqueued(this.#room, emit);
    this.#queue = new SendQueue({
      limits: { ...BATCH, ...producer.batch },
      requestBytes: REQUEST_BYTES,
      deliveryTimeout,
      linger,
      rate: new RateLimit(rateLimit, () => performance.now()),
      hurried: () => this.#room.crowded || this.#enqueued.flushing,
      channelOf: (topic, partition) => this.#layouts.channel(topic, partition),
      transmit: (channel, batches, settle) => this.#ids.transmit(channel, batches, settle),
      defer: setImmediate,
      now: Date.now,
      later: (ms, ring) => {
        const timer = setTimeout(ring, ms);
        return () => clearTimeout(timer);
      },
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
      if (error instanceof DeliveryError) this.#emit({ type: 'send-failed', topic, error, unheard: false });
      throw error;
    } finally {
      this.#open.delete(sending);
    }
  }

  async enqueue(topic: string, encode: EncodeOne, onDelivery?: OnDelivery): Promise<void> {
    if (this.#closed) throw new ProducerClosedError();
    const message = this.#enqueued.begin(topic, onDelivery);
    try {
      await this.#turns.take(topic, async () => {
        const record = await this.#encoded(topic, encode);
        const bytes = wireSize(record);
        const room = this.#room.take(bytes);
        if (room) await this.#crowded(topic, room);
        this.#refuseWhenStopped();
        message.accepted(bytes);
        this.#queue.enqueue(topic, record, bytes, message);
        await this.#pace.step();
      });
    } catch (error) {
      message.refused();
      throw error;
    }
  }

  async flush(timeout?: number): Promise<void> {
    const { stretch, ended } = this.#enqueued.flush();
    this.#queue.pumpSoon();
    const inTime = timeout === undefined ? await ended.then(() => true) : await within(timeout, ended);
    if (!inTime || stretch.failed > 0) throw new FlushError(stretch.failed, stretch.open, stretch.cause);
  }

  close(timeout = CLOSE_TIMEOUT): Promise<void> {
    this.#closed ??= this.#end(timeout);
    return this.#closed;
  }

  async #send(topic: string, encode: Encode): Promise<DeliveryReport[]> {
    const { delivery } = await this.#turns.take(topic, async () => {
      const records = await this.#encoded(topic, encode);
      this.#refuseWhenStopped();
      // In an object, since awaiting it is not part of the turn.
      return { delivery: this.#queue.send(topic, records) };
    });
    return delivery;
  }

  async #encoded<T>(
    topic: string,
    encode: (choose: ChoosePartition, partitions: number) => T | Promise<T>,
  ): Promise<T> {
    const layout = await this.#layouts.of(topic);
    return encode((message) => this.#partitioning.choose(topic, layout, message), layout.partitions);
  }

  #refuseWhenStopped(): void {
    if (this.#stop.signal.aborted) throw new ProducerClosedError();
  }

  async #crowded(topic: string, room: Promise<void>): Promise<void> {
    const { records, bytes } = this.#room;
    if (this.#sparingly.isTimeFor('buffer')) this.#emit({ type: 'send-buffer-full', topic, records, bytes });
    this.#queue.pumpSoon();
    await room;
  }

  async #end(timeout: number): Promise<void> {
    const { ended } = this.#enqueued.flush();
    this.#queue.pumpSoon();
    const sent = Promise.allSettled([...this.#open, ended]);
    const inTime = await within(timeout, sent);
    this.#stop.abort();
    if (!inTime) {
      this.#room.abandon(new ProducerClosedError());
      this.#queue.abandon(new ProducerClosedError());
      this.#sockets.destroy(new ProducerClosedError());
      await within(LAST_BREATH, sent);
    }
    const disconnected = Promise.all([this.#layouts.idle(), this.#ids.disconnect()]);
    if (!(await within(LAST_BREATH, disconnected))) this.#sockets.destroy(new ProducerClosedError());
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
