import type { OffsetSet } from './offset-set.js';
import type { AttemptCount, ProgressSnapshot } from './snapshot.js';

/** A received offset that is on its way to its outcomes. */
export interface TrackedOffset {
  readonly offset: bigint;
  /** One bit for each handler that still owes an outcome; 0 when there is none left. */
  readonly pending: number;
}

class Entry implements TrackedOffset {
  next: Entry | undefined;
  attempts: number[] | undefined;

  constructor(
    readonly offset: bigint,
    public pending: number,
  ) {}
}

/** What an earlier owner left in the commit metadata. */
export interface RestoredProgress {
  /** By handler; `undefined` where nothing is known. */
  readonly completed: readonly (OffsetSet | undefined)[];
  /** Attempts that a handler has made on an offset already. */
  attempts(offset: bigint, handler: number): number;
}

const MOST_HANDLERS = 30;

/**
 * Follows the offsets of one partition in one epoch from their arrival to their outcomes. It knows those that were received, and no others:
 * gaps from compaction and transactions are not holes. Every operation is O(1), amortised, whatever stays unfinished below.
 */
export class OffsetTracker {
  private head: Entry | undefined;
  private tail: Entry | undefined;
  /** The offset just below the position. */
  private below: bigint;
  private readonly all: number;

  constructor(
    private readonly handlers: number,
    start: bigint,
    private readonly restored?: RestoredProgress,
  ) {
    if (handlers > MOST_HANDLERS)
      throw new RangeError(`A topic has at most ${MOST_HANDLERS} handlers here, not ${handlers}`);
    this.below = start - 1n;
    this.all = (1 << handlers) - 1;
  }

  /** The lowest offset without an outcome; the position when there is none. */
  get watermark(): bigint {
    return this.head ? this.head.offset : this.position;
  }

  /** The next offset to receive. */
  get position(): bigint {
    return this.below + 1n;
  }

  /** How many offsets the position lies above the watermark. */
  get ahead(): number {
    return this.head ? Number(this.position - this.head.offset) : 0;
  }

  /** Nothing that was received is without its outcomes. */
  get isIdle(): boolean {
    return this.head === undefined;
  }

  /** An offset arrives, higher than all before. Handlers that completed it in an earlier life owe nothing for it. */
  receive(offset: bigint): TrackedOffset {
    if (offset <= this.below) throw new RangeError(`Offset ${offset} arrived at position ${this.position}`);
    const entry = new Entry(offset, this.restored ? this.owed(offset, this.restored) : this.all);
    this.below = offset;
    if (this.tail) this.tail.next = entry;
    else this.head = entry;
    this.tail = entry;
    if (entry.pending === 0) this.shed();
    return entry;
  }

  /** The handler has an outcome for the offset. True when it was the last one that was owed; false again for a second time. */
  complete(tracked: TrackedOffset, handler: number): boolean {
    const entry = tracked as Entry;
    const bit = 1 << handler;
    if ((entry.pending & bit) === 0) return false;
    entry.pending &= ~bit;
    if (entry.pending !== 0) return false;
    if (entry === this.head) this.shed();
    return true;
  }

  /** Everything below is received: control records and aborted transactions take offsets, too. */
  advance(nextOffset: bigint): void {
    if (nextOffset > this.position) this.below = nextOffset - 1n;
  }

  noteAttempts(tracked: TrackedOffset, handler: number, attempts: number): void {
    ((tracked as Entry).attempts ??= [])[handler] = attempts;
  }

  /** How often an earlier owner tried it: known only while it fitted into the commit metadata. */
  restoredAttempts(offset: bigint, handler: number): number {
    return this.restored?.attempts(offset, handler) ?? 0;
  }

  /** Watermark and all that is above it, from one point in time. O(offsets between watermark and position). */
  snapshot(): ProgressSnapshot {
    const watermark = this.watermark;
    const completed: number[][] = Array.from({ length: this.handlers }, () => []);
    const attempts: AttemptCount[] = [];
    let open = 0;
    for (let entry = this.head; entry; entry = entry.next) {
      const done = this.all & ~entry.pending;
      const changed = done ^ open;
      if (changed !== 0) {
        const relative = Number(entry.offset - watermark);
        for (let handler = 0; handler < this.handlers; handler++)
          if (changed & (1 << handler)) completed[handler]!.push(relative);
        open = done;
      }
      if (entry.attempts && entry.pending !== 0) {
        const offset = Number(entry.offset - watermark);
        entry.attempts.forEach((count, handler) => {
          if (entry.pending & (1 << handler)) attempts.push({ offset, handler, attempts: count });
        });
      }
    }
    const end = Number(this.position - watermark);
    for (let handler = 0; handler < this.handlers; handler++) if (open & (1 << handler)) completed[handler]!.push(end);
    return { watermark, completed, attempts };
  }

  private owed(offset: bigint, restored: RestoredProgress): number {
    let owed = this.all;
    for (let handler = 0; handler < this.handlers; handler++)
      if (restored.completed[handler]?.has(offset)) owed &= ~(1 << handler);
    return owed;
  }

  /** Lets go of everything at the head that is done. */
  private shed(): void {
    while (this.head?.pending === 0) this.head = this.head.next;
    if (!this.head) this.tail = undefined;
  }
}
