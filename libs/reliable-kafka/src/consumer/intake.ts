import type { ConsumedRecord, RecordBatch } from '../contracts/index.js';

/** What becomes of what was fetched. */
export interface IntakeSink {
  decode(record: ConsumedRecord): unknown;
  /** Throws when the record has no ordering key. */
  admit(record: ConsumedRecord, payload: unknown): void;
  /** The batch is taken in whole. */
  advanced(batch: RecordBatch): void;
  /** The record cannot be decoded or ordered. Nothing after it is taken in. */
  refused(record: ConsumedRecord, error: unknown): void;
}

/**
 * Takes fetched batches in, record by record in offset order. A decode that is asynchronous is awaited before the next record is looked at,
 * since keys would otherwise be taken in the order in which decodes end. Made anew for each start position; a closed one takes nothing more.
 */
export class Intake {
  private readonly waiting: RecordBatch[] = [];
  private decoding = false;
  private closed = false;

  constructor(private readonly sink: IntakeSink) {}

  take(batch: RecordBatch): void {
    if (this.closed) return;
    if (this.decoding) this.waiting.push(batch);
    else this.work(batch, 0);
  }

  close(): void {
    this.closed = true;
    this.waiting.length = 0;
  }

  private work(first: RecordBatch, from: number): void {
    let next = from;
    for (let batch: RecordBatch | undefined = first; batch; batch = this.waiting.shift()) {
      for (; next < batch.records.length; next++) {
        const record = batch.records[next]!;
        try {
          const payload = this.sink.decode(record);
          if (payload instanceof Promise) return this.wait(payload, batch, next);
          this.sink.admit(record, payload);
        } catch (error) {
          return this.refuse(record, error);
        }
      }
      this.sink.advanced(batch);
      next = 0;
    }
  }

  private wait(decoded: Promise<unknown>, batch: RecordBatch, at: number): void {
    const record = batch.records[at]!;
    this.decoding = true;
    decoded
      .then((payload) => {
        if (!this.closed) this.sink.admit(record, payload);
      })
      .then(
        () => {
          this.decoding = false;
          if (!this.closed) this.work(batch, at + 1);
        },
        (error: unknown) => {
          if (!this.closed) this.refuse(record, error);
        },
      );
  }

  private refuse(record: ConsumedRecord, error: unknown): void {
    this.close();
    this.sink.refused(record, error);
  }
}
