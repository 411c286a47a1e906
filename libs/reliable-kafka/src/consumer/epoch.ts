import type { AssignedPartition, ConsumedRecord, OffsetCommit, ParkingOwner, RecordBatch } from '../contracts/index.js';
import { recordBytes } from '../contracts/index.js';
import type { BufferShare } from '../flow/index.js';
import {
  type Committable,
  type CommitTurn,
  decodeProgress,
  encodeProgress,
  OffsetTracker,
  type TrackedOffset,
} from '../offsets/index.js';
import { PartitionParking } from './parking/index.js';
import type { PartitionSession } from './partition-session.js';
import { Pressure } from './pressure.js';
import type { Shared } from './shared.js';
import type { Task } from './task.js';

/**
 * One assignment of one partition to this process, or several in a row between which nobody else can have held it: the account of what was
 * received and what has its outcomes.
 */
export class Epoch implements Committable {
  readonly tracker: OffsetTracker;
  readonly share: BufferShare;
  private readonly turn: CommitTurn;
  private readonly pressure: Pressure;
  /** Where fetched batches end; kept under the commit policy `'batch'` only. */
  private readonly batchEnds: bigint[] = [];
  private readonly names: readonly string[];
  readonly parking: PartitionParking | undefined;
  private head: bigint;
  private committedFirst: (() => void) | undefined;

  constructor(
    readonly session: PartitionSession,
    readonly number: number,
    readonly start: bigint,
    /** Our last acknowledged commit; at first what was found at the broker. */
    private stored: { readonly offset: bigint | undefined; readonly metadata: string },
    private readonly shared: Shared,
    rewinding?: ParkingOwner,
  ) {
    this.parking = shared.parking && new PartitionParking(this, shared.parking, rewinding);
    this.names = session.routes.routes.map(({ binding }) => binding.name);
    this.tracker = new OffsetTracker(this.names.length, start, decodeProgress(stored.metadata, start, this.names));
    this.head = start;
    this.share = shared.budget.open();
    this.pressure = new Pressure(this, shared);
    this.turn = shared.commits.add(this);
  }

  get policy() {
    return this.session.routes.commit;
  }

  /** What the broker held when this epoch last heard of it. */
  get lastCommitted(): bigint | undefined {
    return this.stored.offset;
  }

  /** Whether the work in hand may be kept: had another owner held the partition between two of our joins, it would have committed. */
  survives({ committed, metadata }: AssignedPartition): boolean {
    if (this.stored.offset !== committed || this.stored.metadata !== metadata) return false;
    if (this.parking && !this.parking.owner) return false;
    this.pressure.reapply();
    return true;
  }

  /** Offsets between the watermark and what was fetched last. */
  get ahead(): number {
    return Number(this.head - this.tracker.watermark);
  }

  /** The next offset to fetch. */
  get position(): bigint {
    return this.head;
  }

  fetched(batch: RecordBatch): void {
    this.head = batch.nextOffset;
    this.shared.budget.fetched(this.share, batch.records.length, batch.bytes);
    this.pressure.rise();
  }

  /** What was fetched and not received is fetched again, from the tracker's position on. */
  fetchAgain(): bigint {
    return (this.head = this.tracker.position);
  }

  receive(record: ConsumedRecord): TrackedOffset {
    const entry = this.tracker.receive(record.offset);
    if (entry.pending === 0) this.release(record);
    return entry;
  }

  advance(batch: RecordBatch): void {
    this.tracker.advance(batch.nextOffset);
    if (this.policy.after === 'batch') this.batchEnds.push(batch.nextOffset);
    if (this.tracker.isIdle) this.turn.outcome();
  }

  complete(task: Pick<Task, 'entry' | 'route' | 'record'>): void {
    if (this.tracker.complete(task.entry, task.route.index)) this.release(task.record);
    // Also when other handlers still owe theirs: the metadata holds what each of them has done.
    this.turn.outcome();
  }

  /** The record is not buffered any more. */
  release(record: ConsumedRecord): void {
    this.shared.budget.release(this.share, 1, recordBytes(record));
    this.pressure.fall();
  }

  /** The position was set, not reached: the broker must learn of it though nothing had an outcome. */
  markMoved(): void {
    this.turn.outcome();
  }

  /** Calls `fn` once when the broker has acknowledged a commit of this epoch. */
  whenCommitted(fn: () => void): void {
    this.committedFirst = fn;
  }

  end(): void {
    this.shared.commits.remove(this.turn);
    this.shared.budget.close(this.share);
  }

  snapshot(): OffsetCommit {
    const progress = this.tracker.snapshot();
    const { text, fill } = encodeProgress(progress, this.names);
    this.pressure.metadataFill = fill;
    const { topic, partition } = this.session;
    return { topic, partition, offset: progress.watermark, metadata: text };
  }

  batchDone(): boolean {
    let isDone = false;
    for (; this.batchEnds.length > 0 && this.tracker.watermark >= this.batchEnds[0]!; this.batchEnds.shift())
      isDone = true;
    return isDone;
  }

  acknowledged(commit: OffsetCommit): void {
    this.stored = commit;
    this.committedFirst?.();
    this.committedFirst = undefined;
    this.pressure.rise();
    this.pressure.fall();
    const { topic, partition, offset } = commit;
    this.shared.emit({ type: 'committed', topic, partition, offset });
  }

  waiting(isWaiting: boolean): void {
    if (!this.session.isCurrent(this)) return;
    if (isWaiting) this.session.close('committing');
    else this.session.open('committing');
  }
}
