import { errors, type BatchHeader, type ErrorCode } from '../wire/index.js';

/** How many batches back a repeated one is still known, as in Kafka: the most that a producer may have in flight. */
const REMEMBERED = 5;
const NO_SEQUENCE = -1;
const HIGHEST_SEQUENCE = 0x7fff_ffff;

interface Appended {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: number;
}

interface Producer {
  epoch: number;
  recent: Appended[];
}

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
}

/** What one partition knows of its idempotent and transactional producers. */
export class Producers {
  private readonly known = new Map<number, Producer>();
  /** First offset of each open transaction, by producer id: oldest first, since offsets only grow. */
  private readonly open = new Map<number, number>();
  private aborted: AbortedTransaction[] = [];

  /** The offset from which a read-committed reader must not read on, while a transaction is open. */
  get firstOpenOffset(): number | undefined {
    return this.open.values().next().value;
  }

  hasOpenTransaction(producerId: number): boolean {
    return this.open.has(producerId);
  }

  /** The batch that this one repeats. */
  duplicateOf(batch: BatchHeader): Appended | undefined {
    const producer = this.known.get(batch.producerId);
    if (producer?.epoch !== batch.producerEpoch) return undefined;
    return producer.recent.find(
      (earlier) => earlier.firstSequence === batch.baseSequence && earlier.lastSequence === batch.lastSequence,
    );
  }

  /** Why the batch may not be appended. An unknown producer may begin with any sequence, as in Kafka since 2.5. */
  refusal(batch: BatchHeader): ErrorCode | undefined {
    const producer = this.known.get(batch.producerId);
    if (!producer) return undefined;
    if (batch.producerEpoch < producer.epoch) return errors.INVALID_PRODUCER_EPOCH;
    const last = batch.producerEpoch > producer.epoch ? NO_SEQUENCE : this.lastSequence(producer);
    const next = last === HIGHEST_SEQUENCE ? 0 : last + 1;
    return batch.baseSequence === next ? undefined : errors.OUT_OF_ORDER_SEQUENCE_NUMBER;
  }

  appended(batch: BatchHeader, baseOffset: number): void {
    const producer = this.at(batch.producerId, batch.producerEpoch);
    producer.recent = [
      ...producer.recent.slice(1 - REMEMBERED),
      { firstSequence: batch.baseSequence, lastSequence: batch.lastSequence, baseOffset },
    ];
    if (batch.transactional && !this.open.has(batch.producerId)) this.open.set(batch.producerId, baseOffset);
  }

  /** A transaction ended with a marker at `offset`. */
  ended(producerId: number, epoch: number, committed: boolean, offset: number): void {
    this.at(producerId, epoch);
    const firstOffset = this.open.get(producerId);
    this.open.delete(producerId);
    if (!committed && firstOffset !== undefined) this.aborted.push({ producerId, firstOffset, lastOffset: offset });
  }

  /** The aborted transactions that a reader of `from` up to `to` has to leave out. */
  abortedBetween(from: number, to: number): AbortedTransaction[] {
    return this.aborted.filter(({ firstOffset, lastOffset }) => lastOffset >= from && firstOffset < to);
  }

  forgetBefore(offset: number): void {
    this.aborted = this.aborted.filter(({ lastOffset }) => lastOffset >= offset);
  }

  private lastSequence(producer: Producer): number {
    return producer.recent.at(-1)?.lastSequence ?? NO_SEQUENCE;
  }

  private at(producerId: number, epoch: number): Producer {
    const known = this.known.get(producerId);
    if (known?.epoch === epoch) return known;
    const fresh = { epoch, recent: [] };
    this.known.set(producerId, fresh);
    return fresh;
  }
}
