import type { AssignedPartition, ConsumedRecord, OffsetCommit, ParkingOwner, RecordBatch } from '../contracts/index.js';
import { recordBytes } from '../contracts/index.js';
import type { BufferShare } from '../flow/index.js';
import {
  type Committable,
  type CommitTurn,
  CrashAccount,
  decodeProgress,
  encodeProgress,
  OffsetTracker,
  type TrackedOffset,
} from '../offsets/index.js';
import { Caution } from './caution.js';
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
  private readonly crashes: CrashAccount;
  /** Only where processes went down over the partition. */
  readonly caution: Caution | undefined;
  /** Something of it has run, or was about to. */
  hasBegun = false;
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
    const progress = decodeProgress(stored.metadata, start, this.names);
    this.tracker = new OffsetTracker(this.names.length, start, progress);
    this.crashes = new CrashAccount(start, progress?.crashes);
    this.caution = this.crashes.isClear ? undefined : this.makeCaution();
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

  get isCautious(): boolean {
    return this.crashes.isCautious;
  }

  /** Something is about to run: should the process go down, this epoch counts as one that was lost. `counted` is called when the broker knows of it. */
  begin(logEnd: bigint, counted: () => void): void {
    if (this.crashes.isWorking) return;
    this.hasBegun = true;
    this.crashes.begin();
    this.caution?.begin(Number(logEnd - this.tracker.watermark) * this.names.length, this.shared.scheduler.concurrency);
    this.turn.urge(() => {
      if (this.crashes.isWorking) counted();
    });
  }

  /** Nothing of it runs any more that this process waits for: it was not lost. */
  finish(): void {
    if (!this.crashes.isWorking) return;
    this.caution?.stop();
    this.crashes.end();
    this.turn.outcome();
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
    if (this.tracker.complete(task.entry, task.route.index)) {
      this.release(task.record);
      if (this.caution) this.crashes.acquit(task.record.offset);
    }
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
    this.caution?.stop();
    this.shared.commits.remove(this.turn);
    this.shared.budget.close(this.share);
  }

  snapshot(): OffsetCommit {
    const progress = this.tracker.snapshot();
    const crashes = this.crashes.snapshot(progress.watermark);
    const { text, fill } = encodeProgress({ ...progress, crashes }, this.names);
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

  private makeCaution(): Caution {
    const { crashes } = this;
    const { emit, trial } = this.shared;
    const { topic, partition } = this.session;
    return new Caution({
      crashes,
      trial,
      commit: (stored) => this.turn.urge(stored),
      ready: () => this.session.goOn(),
      began: () => {
        const { starts, suspects } = crashes;
        emit({ type: 'caution-began', topic, partition, starts, suspects: [...suspects.keys()] });
      },
      ended: () => emit({ type: 'caution-ended', topic, partition }),
    });
  }
}
