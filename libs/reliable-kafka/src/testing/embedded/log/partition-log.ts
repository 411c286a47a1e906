import {
  batchHeader,
  errors,
  placeBatch,
  recordTimestamps,
  stampLogAppendTime,
  transactionMarker,
  type BatchHeader,
  type ErrorCode,
} from '../wire/index.js';
import { ByteLog, firstIndex } from './byte-log.js';
import { Producers, type AbortedTransaction } from './producers.js';

/** One node, never a fail-over: the first leader leads for ever. */
export const LEADER_EPOCH = 0;
const NO_PRODUCER = -1;

interface BatchEntry {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly address: number;
  readonly end: number;
  /** The newest timestamp in this batch or an earlier one: it only grows, so that a timestamp is found by halving. */
  readonly newest: number;
}

export interface AppendResult {
  readonly error: ErrorCode;
  readonly baseOffset: number;
  readonly logAppendTime: number;
}

/**
 * The records of one partition, as the batches that producers sent: opaque, compressed or not. Every look-up by offset,
 * size or time halves an index; nothing is scanned.
 */
export class PartitionLog {
  readonly producers = new Producers();
  private start = 0;
  private entries: BatchEntry[] = [];
  private next = 0;
  private readonly bytes = new ByteLog();
  private readonly watchers = new Set<() => void>();

  get startOffset(): number {
    return this.start;
  }

  /** The offset of the next record; with one node also the high watermark. */
  get endOffset(): number {
    return this.next;
  }

  /** The end for readers of committed records: below every open transaction. */
  get stableOffset(): number {
    return this.producers.firstOpenOffset ?? this.next;
  }

  /** Appends a sound batch, or says which earlier one it repeats, or why its sequence or epoch does not fit. */
  append(batch: Buffer, options: { logAppendTime: boolean }): AppendResult {
    const header = batchHeader(batch);
    if (header.producerId !== NO_PRODUCER) {
      const earlier = this.producers.duplicateOf(header);
      if (earlier) return { error: errors.NONE, baseOffset: earlier.baseOffset, logAppendTime: -1 };
      const refusal = this.producers.refusal(header);
      if (refusal) return { error: refusal, baseOffset: -1, logAppendTime: -1 };
    }
    const logAppendTime = options.logAppendTime ? Date.now() : -1;
    if (options.logAppendTime) stampLogAppendTime(batch, logAppendTime);
    const baseOffset = this.store(batch, header, options.logAppendTime ? logAppendTime : header.maxTimestamp);
    if (header.producerId !== NO_PRODUCER) this.producers.appended(header, baseOffset);
    this.notify();
    return { error: errors.NONE, baseOffset, logAppendTime };
  }

  /** Ends a producer's transaction: the marker takes an offset of its own. */
  endTransaction(producerId: number, epoch: number, committed: boolean): void {
    const marker = transactionMarker(producerId, epoch, committed, Date.now());
    const header = batchHeader(marker);
    const offset = this.store(marker, header, header.maxTimestamp);
    this.producers.ended(producerId, epoch, committed, offset);
    this.notify();
  }

  holds(offset: number): boolean {
    return offset >= this.start && offset <= this.next;
  }

  /** How many bytes a reader at `offset` could have at once, up to the batch before `limit`. */
  available(offset: number, limit: number): number {
    const from = this.entryAt(offset);
    const to = this.entryAt(limit);
    return to > from ? this.entries[to - 1]!.end - this.entries[from]!.address : 0;
  }

  /**
   * Whole batches from the one that holds `offset`, below `limit`, within `maxBytes`. When already the first is larger
   * it is given all the same if `atLeastOne`, so that a reader with a small buffer gets on.
   */
  read(offset: number, limit: number, maxBytes: number, atLeastOne: boolean): Buffer[] {
    const from = this.entryAt(offset);
    const to = this.entryAt(limit);
    if (to <= from) return [];
    const { address } = this.entries[from]!;
    const fitting = Math.min(
      to,
      firstIndex(this.entries, (entry) => entry.end > address + maxBytes),
    );
    const end = Math.max(fitting, atLeastOne ? from + 1 : from);
    return end > from ? this.bytes.read(address, this.entries[end - 1]!.end) : [];
  }

  abortedBetween(offset: number, limit: number): AbortedTransaction[] {
    return this.producers.abortedBetween(offset, limit);
  }

  /** The first record that is not older than `timestamp`. */
  offsetAt(timestamp: number): { offset: number; timestamp: number } | undefined {
    for (let index = firstIndex(this.entries, (entry) => entry.newest >= timestamp); ; index++) {
      const entry = this.entries[index];
      if (!entry) return undefined;
      const [batch] = this.bytes.read(entry.address, entry.end);
      for (const record of recordTimestamps(batch!)) {
        const offset = entry.baseOffset + record.delta;
        if (record.timestamp >= timestamp && offset >= this.start) return { offset, timestamp: record.timestamp };
      }
    }
  }

  /** Deletes what lies below `offset`. A batch that reaches across it stays, as in Kafka, and readers skip its head. */
  deleteBefore(offset: number): void {
    this.start = Math.max(this.start, offset);
    this.entries.splice(0, this.entryAt(this.start));
    this.bytes.dropBefore(this.entries[0]?.address ?? this.bytes.end);
    this.producers.forgetBefore(this.start);
  }

  /** Calls back after each change until the returned function is called. */
  watch(changed: () => void): () => void {
    this.watchers.add(changed);
    return () => this.watchers.delete(changed);
  }

  notify(): void {
    for (const changed of this.watchers) changed();
  }

  private store(batch: Buffer, header: BatchHeader, newest: number): number {
    const baseOffset = this.next;
    const address = this.bytes.end;
    placeBatch(this.bytes.append(batch), baseOffset, LEADER_EPOCH);
    this.next += header.lastOffsetDelta + 1;
    this.entries.push({
      baseOffset,
      lastOffset: this.next - 1,
      address,
      end: this.bytes.end,
      newest: Math.max(newest, this.entries.at(-1)?.newest ?? -1),
    });
    return baseOffset;
  }

  private entryAt(offset: number): number {
    return firstIndex(this.entries, (entry) => entry.lastOffset >= offset);
  }
}
