import { partitionName } from '../contracts/index.js';
import type { DeliveryReport, EncodedRecord } from '../contracts/index.js';
import type { BatchOutcome, PartitionBatch } from './batch.js';
import { Delivery } from './delivery.js';
import { PartitionQueue, waiting } from './partition-queue.js';
import type { BatchLimits } from './partition-queue.js';

/** Told once for each batch what became of it. */
export type Settle = (batch: PartitionBatch, outcome: BatchOutcome) => void;

/** Partitions of one channel travel together, one request at a time: the leader of the partition. */
export type Channel = number;

export interface SendQueueOptions {
  readonly limits: BatchLimits;
  /** The most bytes of one request, all its batches together. */
  readonly requestBytes: number;
  /** How long a record may take, in ms, from its send to its outcome. */
  readonly deliveryTimeout: number;
  now(): number;
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
 * Sends batches without waiting for them to fill: what is sent while a request is under way gathers, and travels in the next one.
 * A partition has one batch on its way at most, and a channel one request, so that retries can neither reorder nor overtake.
 */
export class SendQueue {
  readonly #partitions = new Map<string, PartitionQueue>();
  readonly #taken = new Set<Channel>();
  #pumpIsDue = false;

  constructor(private readonly options: SendQueueOptions) {}

  /** Resolves with one report per record, in their order; rejects with `DeliveryError` when not all of them were acknowledged. */
  send(topic: string, records: readonly EncodedRecord[]): Promise<DeliveryReport[]> {
    if (records.length === 0) return Promise.resolve([]);
    const delivery = new Delivery(topic, records.length);
    const expires = this.options.now() + this.options.deliveryTimeout;
    records.forEach((record, index) =>
      this.#queueOf(topic, record.partition).push(waiting(record, delivery, index, expires)),
    );
    this.#pumpSoon();
    return delivery.promise;
  }

  /** Gives up everything that is not yet on its way. */
  abandon(error: unknown): void {
    for (const [name, queue] of this.#partitions) {
      queue.abandon(error);
      this.#dropIfEmpty(name, queue);
    }
  }

  #queueOf(topic: string, partition: number): PartitionQueue {
    const name = partitionName(topic, partition);
    let queue = this.#partitions.get(name);
    if (!queue) this.#partitions.set(name, (queue = new PartitionQueue(topic, partition, this.options.limits)));
    return queue;
  }

  #pumpSoon(): void {
    if (this.#pumpIsDue) return;
    this.#pumpIsDue = true;
    this.options.defer(() => {
      this.#pumpIsDue = false;
      this.#pump();
    });
  }

  #pump(): void {
    const requests = new Map<Channel, PartitionQueue[]>();
    const now = this.options.now();
    for (const [name, queue] of this.#partitions) {
      if (queue.ready) queue.expire(now);
      this.#dropIfEmpty(name, queue);
      if (!queue.ready) continue;
      const channel = this.options.channelOf(queue.topic, queue.partition);
      if (this.#taken.has(channel)) continue;
      const queues = requests.get(channel);
      if (queues) queues.push(queue);
      else requests.set(channel, [queue]);
    }
    for (const [channel, queues] of requests) void this.#request(channel, queues);
  }

  async #request(channel: Channel, queues: readonly PartitionQueue[]): Promise<void> {
    const queueOf = new Map<PartitionBatch, PartitionQueue>();
    let bytes = 0;
    for (const queue of queues) {
      if (bytes >= this.options.requestBytes) break;
      const batch = queue.take();
      for (const entry of batch) bytes += entry.bytes;
      const { topic, partition } = queue;
      queueOf.set({ topic, partition, records: batch.map(({ record }) => record), expires: batch[0]!.expires }, queue);
      this.#toTheEndOfTheLine(queue);
    }
    this.#taken.add(channel);
    await this.options.transmit(channel, [...queueOf.keys()], (batch, outcome) => {
      const queue = queueOf.get(batch)!;
      queue.settle(outcome);
      this.#dropIfEmpty(partitionName(queue.topic, queue.partition), queue);
      this.#pumpSoon();
    });
    this.#taken.delete(channel);
    this.#pumpSoon();
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
