import type { ConsumedRecord, RecordBatch } from '../contracts/index.js';

/** What becomes of what was fetched. */
export interface IntakeSink {
  decode(record: ConsumedRecord): unknown;
  /** Throws when the record has no ordering key. */
  admit(record: ConsumedRecord, payload: unknown): void;
  /** The batch is taken in whole. */
  advanced(batch: RecordBatch): void;
  /** The record cannot be decoded or ordered. What comes after it is taken in once the answer resolves; never without one. */
  refused(record: ConsumedRecord, error: unknown): Promise<void> | undefined;
  /** The record was not taken in, and will not be. */
  dropped(record: ConsumedRecord): void;
  /** What kept `feed` from going on has ended. */
  ready(): void;
}

/**
 * Fetched batches on their way into the lanes, record by record in offset order, as many at a time as there is work wanted. A decode that is
 * asynchronous is awaited before the next record is looked at, since keys would otherwise be taken in the order in which decodes end.
 * Made anew for each start position; a closed one takes nothing more.
 */
export class Intake {
  private readonly batches: RecordBatch[] = [];
  /** The next record of the first batch. */
  private at = 0;
  /** The record taken last is not done with: its decode is asynchronous, or it is on its way to a dead letter topic. */
  private blocked = false;
  private closed = false;

  constructor(private readonly sink: IntakeSink) {}

  /** Nothing waits to be taken in. */
  get isEmpty(): boolean {
    return this.batches.length === 0 && !this.blocked;
  }

  /** `feed` can do something. */
  get hasWork(): boolean {
    return this.batches.length > 0 && !this.blocked;
  }

  add(batch: RecordBatch): void {
    if (!this.closed) this.batches.push(batch);
  }

  close(): void {
    this.closed = true;
    for (const { records } of this.batches.splice(0)) {
      for (; this.at < records.length; this.at++) this.sink.dropped(records.at(this.at)!);
      this.at = 0;
    }
  }

  /** Takes in up to `most` records. */
  feed(most: number): void {
    for (let left = most; this.hasWork;) {
      const batch = this.batches[0]!;
      if (this.at === batch.records.length) {
        this.batches.shift();
        this.at = 0;
        this.sink.advanced(batch);
      } else {
        if (left-- === 0) return;
        this.take(batch.records.at(this.at++)!);
      }
    }
  }

  private take(record: ConsumedRecord): void {
    try {
      const payload = this.sink.decode(record);
      if (payload instanceof Promise) this.wait(record, payload);
      else this.sink.admit(record, payload);
    } catch (error) {
      this.refuse(record, error);
    }
  }

  private wait(record: ConsumedRecord, decoded: Promise<unknown>): void {
    this.block(
      decoded
        .then((payload) => {
          if (this.closed) this.sink.dropped(record);
          else this.sink.admit(record, payload);
        })
        .catch((error: unknown) => {
          if (this.closed) this.sink.dropped(record);
          else return this.refused(record, error);
        }),
    );
  }

  private refuse(record: ConsumedRecord, error: unknown): void {
    const over = this.refused(record, error);
    if (over) this.block(over);
  }

  private refused(record: ConsumedRecord, error: unknown): Promise<void> | undefined {
    const over = this.sink.refused(record, error);
    if (over) return over;
    this.close();
    this.sink.dropped(record);
    return undefined;
  }

  /** Nothing more is taken in until then. */
  private block(over: Promise<void>): void {
    this.blocked = true;
    void over.finally(() => {
      this.blocked = false;
      this.sink.ready();
    });
  }
}
