import { RestoredProgress } from './restored-progress.js';
import { addRange, type AttemptCount, type ProgressSnapshot } from './snapshot.js';

/** A received offset that is on its way to its outcomes. */
export interface TrackedOffset {
  /** One bit for each handler that still owes an outcome; 0 when there is none left. */
  readonly pending: number;
}

class Entry implements TrackedOffset {
  previous: Entry | undefined;
  next: Entry | undefined;
  /** Whether something between it and the next entry was completed: otherwise only a gap of the log lies there. */
  followed = false;
  /** By handler, as far as they failed. */
  attempts: number[] | undefined;

  constructor(
    readonly at: number,
    public pending: number,
  ) {}
}

const MOST_HANDLERS = 30;

/**
 * Follows the offsets of one partition in one epoch from their arrival to their outcomes. It knows those that were received, and no others:
 * gaps from compaction and transactions are not holes. It keeps what has no outcome yet, in offset order, and nothing else: receiving and completing
 * are O(1), whatever stays unfinished below. Offsets are numbers relative to the start inside, since bigints cost an allocation each.
 */
export class OffsetTracker {
  private head: Entry | undefined;
  private tail: Entry | undefined;
  /** The next offset to receive. */
  private next = 0;
  /** The highest offset with any outcome. */
  private highest = -1;
  private readonly failing = new Set<Entry>();
  private restored: RestoredProgress | undefined;
  private readonly all: number;

  /** `restored`: what the commit metadata told of the offsets above the committed one. */
  constructor(
    private readonly handlers: number,
    private readonly start: bigint,
    restored?: ProgressSnapshot,
  ) {
    if (handlers > MOST_HANDLERS)
      throw new RangeError(`A topic has at most ${MOST_HANDLERS} handlers here, not ${handlers}`);
    this.restored = restored && new RestoredProgress(restored);
    this.all = (1 << handlers) - 1;
  }

  /** The lowest offset without an outcome; the position when there is none. */
  get watermark(): bigint {
    return this.offsetOf(this.head ? this.head.at : this.next);
  }

  /** The next offset to receive. */
  get position(): bigint {
    return this.offsetOf(this.next);
  }

  /** How many offsets the position lies above the watermark. */
  get ahead(): number {
    return this.head ? this.next - this.head.at : 0;
  }

  /** Nothing that was received is without its outcomes. */
  get isIdle(): boolean {
    return this.head === undefined;
  }

  /** An offset arrives, higher than all before. Handlers that completed it in an earlier life owe nothing for it. */
  receive(offset: bigint): TrackedOffset {
    const at = this.relative(offset);
    if (at < this.next) throw new RangeError(`Offset ${offset} arrived at position ${this.position}`);
    if (this.restored && offset >= this.restored.end) this.restored = undefined;
    const entry = new Entry(at, this.all);
    if (this.restored) this.recall(entry, offset, this.restored);
    this.next = at + 1;
    if (entry.pending !== 0) this.append(entry);
    else if (this.tail) this.tail.followed = true;
    return entry;
  }

  /** The handler has an outcome for the offset. True when it was the last one that was owed; false again for a second time. */
  complete(tracked: TrackedOffset, handler: number): boolean {
    const entry = tracked as Entry;
    const bit = 1 << handler;
    if ((entry.pending & bit) === 0) return false;
    entry.pending &= ~bit;
    if (entry.at > this.highest) this.highest = entry.at;
    if (entry.pending !== 0) return false;
    this.remove(entry);
    return true;
  }

  /** Everything below is received: control records and aborted transactions take offsets, too. */
  advance(nextOffset: bigint): void {
    this.next = Math.max(this.next, this.relative(nextOffset));
  }

  noteAttempts(tracked: TrackedOffset, handler: number, attempts: number): void {
    const entry = tracked as Entry;
    if (entry.pending === 0) return;
    (entry.attempts ??= [])[handler] = attempts;
    this.failing.add(entry);
  }

  /** How often an earlier owner tried it: known only while it fitted into the commit metadata. Ask before the next offset arrives. */
  restoredAttempts(offset: bigint, handler: number): number {
    return this.restored?.attempts(offset, handler) ?? 0;
  }

  /**
   * Watermark and all that is above it, from one point in time, with what was restored and has not arrived yet.
   * O(offsets without an outcome below the highest that has one).
   */
  snapshot(): ProgressSnapshot {
    const watermark = this.head ? this.head.at : this.next;
    const completed: number[][] = Array.from({ length: this.handlers }, () => []);
    for (let entry = this.head; entry && entry.at <= this.highest; entry = entry.next) {
      const end = entry.next ? entry.next.at : this.next;
      for (let handler = 0; handler < this.handlers; handler++) {
        const isDone = (entry.pending & (1 << handler)) === 0;
        if (isDone) addRange(completed[handler]!, entry.at - watermark, end - watermark);
        else if (entry.followed) addRange(completed[handler]!, entry.at + 1 - watermark, end - watermark);
      }
    }
    const attempts: AttemptCount[] = [];
    for (const { at, pending, attempts: counts } of [...this.failing].sort((a, b) => a.at - b.at)) {
      counts!.forEach((count, handler) => {
        if (pending & (1 << handler)) attempts.push({ offset: at - watermark, handler, attempts: count });
      });
    }
    this.restored?.addFrom(this.position, this.watermark, completed, attempts);
    return { watermark: this.watermark, completed, attempts };
  }

  private relative(offset: bigint): number {
    return Number(BigInt.asIntN(64, offset - this.start));
  }

  private offsetOf(at: number): bigint {
    return this.start + BigInt(at);
  }

  /** What an earlier owner knew of the offset. */
  private recall(entry: Entry, offset: bigint, restored: RestoredProgress): void {
    for (let handler = 0; handler < this.handlers; handler++) {
      if (restored.isCompleted(offset, handler)) {
        entry.pending &= ~(1 << handler);
        this.highest = entry.at;
        continue;
      }
      const attempts = restored.attempts(offset, handler);
      if (attempts > 0) this.noteAttempts(entry, handler, attempts);
    }
  }

  private append(entry: Entry): void {
    entry.previous = this.tail;
    if (this.tail) this.tail.next = entry;
    else this.head = entry;
    this.tail = entry;
  }

  private remove(entry: Entry): void {
    const { previous, next } = entry;
    if (previous) {
      previous.next = next;
      previous.followed = true;
    } else this.head = next;
    if (next) next.previous = previous;
    else this.tail = previous;
    // What has left the list must not keep a part of it alive.
    entry.previous = entry.next = undefined;
    if (entry.attempts) this.failing.delete(entry);
  }
}
