import type { EncodedRecord } from '../contracts/index.js';
import { wireSize } from './batch.js';
import type { BatchOutcome } from './batch.js';
import type { Delivery } from './delivery.js';
import { DeliveryExpiredError } from './errors.js';

/** A record that waits for its batch, and the `send` that waits for the record. */
export interface Waiting {
  readonly record: EncodedRecord;
  readonly bytes: number;
  readonly delivery: Delivery;
  readonly index: number;
  /** In ms since the epoch. */
  readonly expires: number;
}

export function waiting(record: EncodedRecord, delivery: Delivery, index: number, expires: number): Waiting {
  return { record, bytes: wireSize(record), delivery, index, expires };
}

/** What one batch may hold. The client copies a batch once per record, so that more records cost more than another request. */
export interface BatchLimits {
  readonly records: number;
  readonly bytes: number;
}

/** The records of one partition in the order in which they were sent. At most one batch of them is on its way. */
export class PartitionQueue {
  readonly #waiting: Waiting[] = [];
  #onItsWay: readonly Waiting[] = [];
  #bytes: number;

  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly limits: BatchLimits,
  ) {
    this.#bytes = limits.bytes;
  }

  get ready(): boolean {
    return this.#onItsWay.length === 0 && this.#waiting.length > 0;
  }

  get empty(): boolean {
    return this.#onItsWay.length === 0 && this.#waiting.length === 0;
  }

  push(entry: Waiting): void {
    this.#waiting.push(entry);
  }

  /** The next batch, on its way from now on: as much as the limits allow, one record at least. */
  take(): readonly Waiting[] {
    let count = 0;
    let bytes = 0;
    for (const entry of this.#waiting) {
      bytes += entry.bytes;
      if (count > 0 && (count === this.limits.records || bytes > this.#bytes)) break;
      count += 1;
    }
    this.#onItsWay = this.#waiting.splice(0, count);
    return this.#onItsWay;
  }

  /** Gives up what has waited too long. Senders are served in turn, so what waits behind is younger. */
  expire(now: number): void {
    const alive = this.#waiting.findIndex(({ expires }) => expires > now);
    const expired = this.#waiting.splice(0, alive < 0 ? this.#waiting.length : alive);
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
        this.#bytes = batch.reduce((sum, { bytes }) => sum + bytes, 0) / 2;
        this.#waiting.unshift(...batch);
        return;
      }
      this.#bytes = this.limits.bytes;
    }
    settleAll(batch, outcome);
  }

  /** Gives up what waits; what is on its way stays. */
  abandon(error: unknown): void {
    settleAll(this.#waiting.splice(0), { status: 'not-stored', error });
  }
}

function settleAll(batch: readonly Waiting[], outcome: BatchOutcome): void {
  batch.forEach(({ delivery, index, record }, position) => delivery.settle(index, record, outcome, position));
}
