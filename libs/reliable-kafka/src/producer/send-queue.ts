import { partitionName } from '../contracts/index.js';
import type { DeliveryReport, EncodedRecord } from '../contracts/index.js';
import { Alarm } from './alarm.js';
import type { Clock } from './alarm.js';
import { wireSize } from './batch.js';
import type { BatchOutcome, PartitionBatch } from './batch.js';
import type { Channel } from './channels.js';
import { Delivery } from './delivery.js';
import type { Addressee } from './delivery.js';
import { bytesOf, PartitionQueue } from './partition-queue.js';
import type { BatchLimits, Waiting } from './partition-queue.js';

/** Told once for each batch what became of it. */
export type Settle = (batch: PartitionBatch, outcome: BatchOutcome) => void;

/** How fast records may leave. */
export interface Rate {
  /** How long until any may, in ms. */
  readonly wait: number;
  /** How many may at present. */
  readonly allowance: BatchLimits;
  passed(records: number, bytes: number): void;
}

export interface SendQueueOptions extends Clock {
  readonly limits: BatchLimits;
  /** The most bytes of one request, all its batches together. */
  readonly requestBytes: number;
  /** How long a record may take, in ms, from its send to its outcome. */
  readonly deliveryTimeout: number;
  /** How long an enqueued record waits for others, in ms. */
  readonly linger: number;
  readonly rate: Rate;
  /** Whether somebody waits for enqueued records, so that none may linger. */
  hurried(): boolean;
  channelOf(topic: string, partition: number): Channel;
  /**
   * Brings one request to its end: calls `settle` once for each batch, in whatever order. Resolves when the channel can carry another
   * request, which may be before the end: what is in trouble must not keep others waiting. Never rejects.
   */
  transmit(channel: Channel, batches: readonly PartitionBatch[], settle: Settle): Promise<void>;
  /** Runs `pump` soon, once everything that is already happening in this turn of the event loop has been sent. */
  defer(pump: () => void): void;
}

/**
 * Gathers records into batches: what is sent while a request is under way travels in the next one, and what is enqueued waits a little for more.
 * A partition has one batch on its way at most, and a channel one request, so that retries can neither reorder nor overtake.
 */
export class SendQueue {
  readonly #partitions = new Map<string, PartitionQueue>();
  readonly #taken = new Set<Channel>();
  readonly #alarm: Alarm;
  #pumpIsDue = false;

  constructor(private readonly options: SendQueueOptions) {
    this.#alarm = new Alarm(options, () => this.#pump());
  }

  /** Resolves with one report per record, in their order; rejects with `DeliveryError` when not all of them were acknowledged. */
  send(topic: string, records: readonly EncodedRecord[]): Promise<DeliveryReport[]> {
    if (records.length === 0) return Promise.resolve([]);
    const delivery = new Delivery(topic, records.length);
    const now = this.options.now();
    const expires = now + this.options.deliveryTimeout;
    records.forEach((record, index) =>
      this.#push(topic, { record, bytes: wireSize(record), addressee: delivery, index, expires }, now),
    );
    this.pumpSoon();
    return delivery.promise;
  }

  /** Sends a record of `bytes` when its batch is full, when it has lingered long enough, or together with another that is due. */
  enqueue(topic: string, record: EncodedRecord, bytes: number, addressee: Addressee): void {
    const now = this.options.now();
    const expires = now + this.options.deliveryTimeout;
    const queue = this.#push(topic, { record, bytes, addressee, index: 0, expires }, now + this.options.linger);
    if (queue.due <= now || this.options.hurried()) this.pumpSoon();
    else this.#alarm.set(queue.due);
  }

  /** Looks again at what can be sent. */
  pumpSoon(): void {
    if (this.#pumpIsDue) return;
    this.#pumpIsDue = true;
    this.options.defer(() => {
      this.#pumpIsDue = false;
      this.#pump();
    });
  }

  /** Gives up everything that is not yet on its way. */
  abandon(error: unknown): void {
    for (const [name, queue] of this.#partitions) {
      queue.abandon(error);
      this.#dropIfEmpty(name, queue);
    }
    this.pumpSoon();
  }

  #push(topic: string, entry: Waiting, due: number): PartitionQueue {
    const { partition } = entry.record;
    const name = partitionName(topic, partition);
    let queue = this.#partitions.get(name);
    if (!queue) this.#partitions.set(name, (queue = new PartitionQueue(topic, partition, this.options.limits)));
    queue.push(entry, due);
    return queue;
  }

  #pump(): void {
    this.#alarm.clear();
    const channels = new Map<Channel, PartitionQueue[]>();
    const now = this.options.now();
    for (const [name, queue] of this.#partitions) {
      if (queue.ready) queue.expire(now);
      this.#dropIfEmpty(name, queue);
      if (!queue.ready) continue;
      const channel = this.options.channelOf(queue.topic, queue.partition);
      if (this.#taken.has(channel)) continue;
      const queues = channels.get(channel);
      if (queues) queues.push(queue);
      else channels.set(channel, [queue]);
    }
    for (const [channel, queues] of channels) {
      const due = this.options.hurried() ? now : Math.min(...queues.map((queue) => queue.due));
      const allowed = Math.max(due, now + this.options.rate.wait);
      if (allowed <= now) void this.#request(channel, queues);
      else this.#alarm.set(Math.min(allowed, ...queues.map((queue) => queue.expires)));
    }
  }

  async #request(channel: Channel, queues: readonly PartitionQueue[]): Promise<void> {
    this.#taken.add(channel);
    const queueOf = this.#gather(queues);
    await this.options.transmit(channel, [...queueOf.keys()], (batch, outcome) => {
      const queue = queueOf.get(batch)!;
      queue.settle(outcome);
      this.#dropIfEmpty(partitionName(queue.topic, queue.partition), queue);
      this.pumpSoon();
    });
    this.#taken.delete(channel);
    this.pumpSoon();
  }

  /** The batches of one request, each with the queue that it comes from: those that are not due yet travel with those that are. */
  #gather(queues: readonly PartitionQueue[]): ReadonlyMap<PartitionBatch, PartitionQueue> {
    const { rate, requestBytes } = this.options;
    const queueOf = new Map<PartitionBatch, PartitionQueue>();
    let bytes = 0;
    for (const queue of queues) {
      if (bytes >= requestBytes || rate.wait > 0) break;
      const batch = queue.take(rate.allowance);
      const batchBytes = bytesOf(batch);
      rate.passed(batch.length, batchBytes);
      bytes += batchBytes;
      const { topic, partition } = queue;
      queueOf.set({ topic, partition, records: batch.map(({ record }) => record), expires: batch[0]!.expires }, queue);
      this.#toTheEndOfTheLine(queue);
    }
    return queueOf;
  }

  /** Partitions take turns where one request cannot carry all of them. */
  #toTheEndOfTheLine(queue: PartitionQueue): void {
    const name = partitionName(queue.topic, queue.partition);
    this.#partitions.delete(name);
    this.#partitions.set(name, queue);
  }

  #dropIfEmpty(name: string, queue: PartitionQueue): void {
    if (queue.empty) this.#partitions.delete(name);
  }
}
