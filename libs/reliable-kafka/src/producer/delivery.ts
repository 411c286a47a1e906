import { MESSAGE_ID_HEADER } from '../contracts/index.js';
import type { DeliveryReport, EncodedRecord } from '../contracts/index.js';
import type { BatchOutcome } from './batch.js';
import { DeliveryError } from './errors.js';
import type { MessageResult } from './errors.js';

/** Whoever wants to know what became of a record. */
export interface Addressee {
  /** Once: the outcome of the record with this `index` of his own, which was the record number `position` of its batch. */
  settle(index: number, record: EncodedRecord, outcome: BatchOutcome, position: number): void;
}

/** One `send`: collects what became of its records, which may travel in many batches, and settles when all have an outcome. */
export class Delivery implements Addressee {
  readonly promise: Promise<DeliveryReport[]>;
  readonly #results: MessageResult[];
  #open: number;
  #resolve!: (reports: DeliveryReport[]) => void;
  #reject!: (error: DeliveryError) => void;

  constructor(
    readonly topic: string,
    size: number,
  ) {
    this.#results = Array.from({ length: size });
    this.#open = size;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  settle(index: number, record: EncodedRecord, outcome: BatchOutcome, position: number): void {
    this.#results[index] = messageResult(this.topic, record, outcome, position);
    this.#open -= 1;
    if (this.#open > 0) return;
    const reports = this.#results.flatMap((one) => (one.status === 'stored' ? [one.report] : []));
    if (reports.length === this.#results.length) this.#resolve(reports);
    else this.#reject(new DeliveryError(this.topic, this.#results));
  }
}

export function messageResult(
  topic: string,
  record: EncodedRecord,
  outcome: BatchOutcome,
  position: number,
): MessageResult {
  const header = record.headers[MESSAGE_ID_HEADER];
  const id = header === undefined ? undefined : String(header);
  if (outcome.status !== 'stored') return { id, status: outcome.status, error: outcome.error };
  return {
    id,
    status: 'stored',
    report: {
      topic,
      partition: record.partition,
      offset: outcome.baseOffset + BigInt(position),
      timestamp: outcome.appendTime ?? Number(record.timestamp),
    },
  };
}
