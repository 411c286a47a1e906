import { Fifo } from './fifo.js';
import type { Lane } from './lane.js';
import { PartitionLanes } from './partition-lanes.js';

export interface LaneSchedulerOptions<T extends { next: T | undefined }> {
  /** Tasks in flight at most, over all partitions. */
  readonly concurrency: number;
  /** Runs a task. Must be answered by exactly one of `done`, `retry`, `suspend` and `hold`, at once or later. */
  run(task: T, lane: Lane<T>): void;
  /** False: nothing starts now; `pump()` when that has changed. */
  canStart?(): boolean;
  /** Asked when slots are free and nothing is ready: pushes more, or answers false. */
  more?(): boolean;
  /** Calls `fn` after `ms` milliseconds; the answer cancels it. */
  after(ms: number, fn: () => void): () => void;
}

/**
 * Keeps order: in each partition one task per handler and key at a time, in the order in which they were pushed, and at most `concurrency` in all.
 * Partitions take turns, and so do the lanes of a partition. O(1) per task whatever the skew. A lane in backoff holds no slot, and neither does one that
 * waits for a place elsewhere; of the latter there are at most `concurrency` before nothing more is asked for.
 * Changing the concurrency never reorders.
 */
export class LaneScheduler<T extends { next: T | undefined }> {
  private readonly round = new Fifo<PartitionLanes<T>>();
  private readonly running = new Set<Lane<T>>();
  /** Lanes whose task found no place where it has to run, until it starts; and how to give up their turn there. */
  private readonly suspended = new Map<Lane<T>, () => void>();
  private limit: number;
  private pumping = false;

  constructor(private readonly options: LaneSchedulerOptions<T>) {
    this.limit = valid(options.concurrency);
  }

  get concurrency(): number {
    return this.limit;
  }

  get inFlight(): number {
    return this.running.size;
  }

  /** What runs at this moment, of one partition or of all. */
  *runningTasks(partition?: PartitionLanes<T>): Iterable<T> {
    for (const lane of this.running) if (!partition || lane.partition === partition) yield lane.running!;
  }

  /** Lanes for one more partition, closed at first. */
  partition(): PartitionLanes<T> {
    return new PartitionLanes(this);
  }

  /** A whole number of at least 1, else a RangeError. Fewer: nothing starts until enough has ended. More: what is ready starts now. */
  setConcurrency(concurrency: number): void {
    this.limit = valid(concurrency);
    this.pump();
  }

  /** Starts what may start. A task that settles while it is being started is seen by the loop, not by a deeper call of it. */
  pump(): void {
    if (this.pumping) return;
    this.pumping = true;
    try {
      while (this.running.size < this.limit) {
        if (this.options.canStart?.() === false) break;
        const partition = this.round.take();
        if (!partition) {
          if (this.suspended.size < this.limit && this.options.more?.()) continue;
          break;
        }
        partition.listed = false;
        if (!partition.hasReady) continue;
        const lane = partition.takeReady()!;
        if (partition.hasReady) this.list(partition);
        this.start(lane);
      }
    } finally {
      this.pumping = false;
    }
  }

  /** The task has its outcome, or nobody waits for it any more: of one that outlived its epoch, `retry` and `hold` say the same. */
  done(lane: Lane<T>): void {
    this.release(lane);
    lane.partition.goOn(lane);
    this.pump();
  }

  /** The same task again, first in its lane, `ms` milliseconds from now. */
  retry(lane: Lane<T>, ms: number): void {
    lane.partition.wait(lane, this.release(lane), (resume) => this.options.after(ms, resume));
    this.pump();
  }

  /**
   * The same task again, first in its lane, once `arm` calls back; the lane holds no slot meanwhile. Its answer takes that back, also after the call:
   * until the task starts.
   */
  suspend(lane: Lane<T>, arm: (resume: () => void) => () => void): void {
    lane.partition.wait(lane, this.release(lane), (resume) => {
      this.suspended.set(lane, arm(resume));
      return () => this.takeBack(lane);
    });
    this.pump();
  }

  /** The partition starts nothing now: what would keep others of its place must not be called for it. */
  unsuspend(partition: PartitionLanes<T>): void {
    for (const lane of this.suspended.keys()) {
      if (lane.partition !== partition) continue;
      this.takeBack(lane);
      partition.stopWaiting(lane);
    }
  }

  /** Neither this task nor another of its lane will run before the epoch ends. */
  hold(lane: Lane<T>): void {
    lane.partition.hold(lane, this.release(lane));
    this.pump();
  }

  list(partition: PartitionLanes<T>): void {
    if (partition.listed) return;
    partition.listed = true;
    this.round.add(partition);
  }

  private start(lane: Lane<T>): void {
    const task = lane.take()!;
    lane.running = task;
    this.suspended.delete(lane);
    this.running.add(lane);
    this.options.run(task, lane);
  }

  private takeBack(lane: Lane<T>): void {
    const takeBack = this.suspended.get(lane);
    this.suspended.delete(lane);
    takeBack?.();
  }

  private release(lane: Lane<T>): T {
    const task = lane.running;
    // A second answer would start the next task of the lane beside the one that runs.
    if (!task)
      throw new Error('A task settled twice: each run is answered by one of done, retry, suspend and hold, once');
    lane.running = undefined;
    this.running.delete(lane);
    return task;
  }
}

function valid(concurrency: number): number {
  if (Number.isInteger(concurrency) && concurrency >= 1) return concurrency;
  throw new RangeError(`concurrency must be a whole number of at least 1, not ${concurrency}`);
}
