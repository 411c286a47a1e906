import type { EncodedRecord } from '../contracts/index.js';
import type { BatchOutcome } from './batch.js';
import type { Addressee } from './delivery.js';
import { DeliveryExpiredError } from './errors.js';

/** A record that waits for its batch, and who waits for the record. */
export interface Waiting {
  readonly record: EncodedRecord;
  readonly bytes: number;
  readonly addressee: Addressee;
  readonly index: number;
  /** In ms since the epoch. */
  readonly expires: number;
}

/** What one batch may hold. The client copies a batch once per record, so that more records cost more than another request. */
export interface BatchLimits {
  readonly records: number;
  readonly bytes: number;
}

/** The records of one partition in the order in which they were sent. At most one batch of them is on its way. */
export class PartitionQueue {
  readonly #waiting: Waiting[] = [];
  /** Of all that wait. */
  #bytes = 0;
  #due = Infinity;
  #onItsWay: readonly Waiting[] = [];
  /** The most bytes of a batch at present. */
  #batchBytes: number;

  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly limits: BatchLimits,
  ) {
    this.#batchBytes = limits.bytes;
  }

  get ready(): boolean {
    return this.#onItsWay.length === 0 && this.#waiting.length > 0;
  }

  get empty(): boolean {
    return this.#onItsWay.length === 0 && this.#waiting.length === 0;
  }

  /** When what waits is to go, in ms since the epoch: at once when it makes a full batch. */
  get due(): number {
    return this.#waiting.length >= this.limits.records || this.#bytes >= this.#batchBytes ? -Infinity : this.#due;
  }

  /** When the first of what waits has waited too long. */
  get expires(): number {
    return this.#waiting[0]?.expires ?? Infinity;
  }

  /** What waits goes with the first of it that is `due`, since nothing may overtake. */
  push(entry: Waiting, due: number): void {
    this.#due = this.#waiting.length === 0 ? due : Math.min(due, this.#due);
    this.#waiting.push(entry);
    this.#bytes += entry.bytes;
  }

  /** The next batch, on its way from now on: as much as the limits and `most` allow, one record at least. */
  take(most: BatchLimits): readonly Waiting[] {
    const records = Math.min(this.limits.records, most.records);
    const bytes = Math.min(this.#batchBytes, most.bytes);
    let count = 0;
    let sum = 0;
    for (const entry of this.#waiting) {
      sum += entry.bytes;
      if (count > 0 && (count >= records || sum > bytes)) break;
      count += 1;
    }
    this.#onItsWay = this.#leave(count);
    return this.#onItsWay;
  }

  /** Gives up what has waited too long. Senders are served in turn, so what waits behind is younger. */
  expire(now: number): void {
    const alive = this.#waiting.findIndex(({ expires }) => expires > now);
    const expired = this.#leave(alive < 0 ? this.#waiting.length : alive);
    settleAll(expired, { status: 'not-stored', error: new DeliveryExpiredError(this.topic, this.partition) });
  }

  /**
   * The batch on its way has come to an end. One that was too large goes back and comes again in smaller ones, so that a record
   * of another sender does not suffer from its neighbour; when the culprit is found, batches grow again.
   */
  settle(outcome: BatchOutcome): void {
    const batch = this.#onItsWay;
    this.#onItsWay = [];
    if (outcome.status === 'not-stored' && outcome.tooLarge) {
      if (batch.length > 1) {
        const bytes = bytesOf(batch);
        this.#batchBytes = bytes / 2;
        this.#waiting.unshift(...batch);
        this.#bytes += bytes;
        this.#due = -Infinity;
        return;
      }
      this.#batchBytes = this.limits.bytes;
    }
    settleAll(batch, outcome);
  }

  /** Gives up what waits; what is on its way stays. */
  abandon(error: unknown): void {
    settleAll(this.#leave(this.#waiting.length), { status: 'not-stored', error });
  }

  #leave(count: number): Waiting[] {
    const left = this.#waiting.splice(0, count);
    this.#bytes -= bytesOf(left);
    return left;
  }
}

export function bytesOf(entries: readonly Waiting[]): number {
  return entries.reduce((sum, { bytes }) => sum + bytes, 0);
}

function settleAll(batch: readonly Waiting[], outcome: BatchOutcome): void {
  batch.forEach(({ addressee, index, record }, position) => addressee.settle(index, record, outcome, position));
}
