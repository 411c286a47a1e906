import type { CompressionTypes, Kafka } from 'kafkajs';
import type { Channel, PartitionBatch, Settle } from '../producer/index.js';
import { ProducerId } from './producer-id.js';
import type { Patience } from './producer-patience.js';

/** Ids in trouble may have a successor for the other partitions of their channel, until so many are in trouble. */
const MOST_IN_TROUBLE = 16;

export interface ProducerIdsOptions {
  readonly kafka: Kafka;
  readonly metadataMaxAge: number;
  readonly compression: CompressionTypes | undefined;
  /** Nothing is sent any more. */
  readonly stopped: AbortSignal;
  patience(): Patience;
  /** A request is in trouble: its batches may have other leaders by now. */
  troubled(batches: readonly PartitionBatch[]): void;
  /** So many attempts for a batch have failed, and another follows. */
  retried(batch: PartitionBatch, attempts: number, error: Error): void;
}

/** The producer ids that carry the requests of all channels. */
export class ProducerIds {
  /** The id that carries a channel's next request. */
  readonly #current = new Map<Channel, ProducerId>();
  /** Those, and the ones that bring their last request to an end. */
  readonly #all = new Set<ProducerId>();

  constructor(private readonly options: ProducerIdsOptions) {}

  /** Settles each batch. Resolves when the channel can carry another request. */
  transmit(channel: Channel, batches: readonly PartitionBatch[], settle: Settle): Promise<void> {
    return new Promise((free) => {
      const { stopped, patience, retried, troubled } = this.options;
      const id = this.#idFor(channel);
      const told = {
        retried,
        troubled: () => {
          this.#current.delete(channel);
          if (!stopped.aborted) troubled(batches);
          if (this.#all.size - this.#current.size < MOST_IN_TROUBLE) free();
        },
      };
      void id.carry(batches, settle, patience(), told).then(() => {
        if (!id.usable) this.#retire(channel, id);
        free();
      });
    });
  }

  async disconnect(): Promise<void> {
    await Promise.allSettled([...this.#all].map((id) => id.disconnect()));
  }

  #idFor(channel: Channel): ProducerId {
    const current = this.#current.get(channel);
    if (current) return current;
    const id = new ProducerId(this.options);
    this.#current.set(channel, id);
    this.#all.add(id);
    return id;
  }

  #retire(channel: Channel, id: ProducerId): void {
    if (this.#current.get(channel) === id) this.#current.delete(channel);
    this.#all.delete(id);
    void id.disconnect().catch(() => undefined);
  }
}
