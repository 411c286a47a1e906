import { Fifo } from './fifo.js';
import type { LaneKey } from './ordering-key.js';
import { Lane } from './lane.js';
import type { LaneScheduler } from './lane-scheduler.js';

/** The lanes of one partition. It outlives epochs: a lane whose task outlives its epoch keeps the key taken for the next one. */
export class PartitionLanes<T extends { next: T | undefined }> {
  next: PartitionLanes<T> | undefined;
  /** Whether it stands in the scheduler's round. */
  listed = false;
  private readonly lanesOf: Map<LaneKey, Lane<T>>[] = [];
  private readonly ready = new Fifo<Lane<T>>();
  private readonly waiting = new Set<Lane<T>>();
  private readonly held = new Set<Lane<T>>();
  private closed = true;
  /** Grows with each `clear()`. */
  private epoch = 0;

  constructor(private readonly scheduler: LaneScheduler<T>) {}

  get hasReady(): boolean {
    return !this.closed && this.ready.first !== undefined;
  }

  /** Lanes by key that have work. Tasks without a key have none to count. */
  get lanes(): number {
    let lanes = 0;
    for (const map of this.lanesOf) lanes += map?.size ?? 0;
    return lanes;
  }

  /** The first tasks of lanes that are blocked until `clear()`. */
  *heldTasks(): Iterable<T> {
    for (const lane of this.held) yield lane.first!;
  }

  /** The first tasks of lanes that wait, for their time or for a place. */
  *waitingTasks(): Iterable<T> {
    for (const lane of this.waiting) yield lane.first!;
  }

  /** Queues a task behind all others of its handler and key; without a key, behind nothing. Starts nothing by itself: `pump()` does. */
  push(handler: number, key: LaneKey | undefined, task: T): void {
    if (key === undefined) return this.begin(new Lane(this, handler, undefined), task);
    const lanes = (this.lanesOf[handler] ??= new Map());
    const lane = lanes.get(key);
    if (lane) return lane.add(task);
    const fresh = new Lane(this, handler, key);
    lanes.set(key, fresh);
    this.begin(fresh, task);
  }

  /** Queues a task before all others of its handler and key that do not run; a lane that waits goes on with it. Starts nothing by itself. */
  pushFirst(handler: number, key: LaneKey | undefined, task: T): void {
    const lane = key === undefined ? undefined : this.lanesOf[handler]?.get(key);
    if (!lane) return this.push(handler, key, task);
    lane.putBack(task);
    if (!this.waiting.has(lane)) return;
    lane.cancelWait?.();
    this.stopWaiting(lane);
  }

  /** From now on tasks may start. */
  open(): void {
    this.closed = false;
    if (this.hasReady) this.scheduler.list(this);
    this.scheduler.pump();
  }

  /** Nothing starts until `open()`. What runs goes on. */
  close(): void {
    this.closed = true;
    this.scheduler.unsuspend(this);
  }

  /** Forgets all that is queued, waiting or held: the end of an epoch. What runs goes on, and keeps its key taken until it settles. */
  clear(): void {
    this.epoch++;
    for (const lane of this.waiting) lane.cancelWait?.();
    this.waiting.clear();
    this.held.clear();
    this.ready.clear();
    for (const lanes of this.lanesOf) {
      if (!lanes) continue;
      for (const [key, lane] of lanes) {
        lane.clear();
        if (!lane.running) lanes.delete(key);
      }
    }
    // Of lanes that were called, and will not follow the call.
    this.scheduler.unsuspend(this);
  }

  takeReady(): Lane<T> | undefined {
    const lane = this.ready.take();
    if (lane) lane.startedIn = this.epoch;
    return lane;
  }

  /** The task of the lane is done with: the next one's turn. */
  goOn(lane: Lane<T>): void {
    if (lane.first) this.makeReady(lane);
    else if (lane.key !== undefined) this.lanesOf[lane.handler]!.delete(lane.key);
  }

  /** The task of the lane stays first in it, and the lane waits until `arm` calls back. */
  wait(lane: Lane<T>, task: T, arm: (resume: () => void) => () => void): void {
    if (this.isLeftOver(lane)) return this.goOn(lane);
    lane.putBack(task);
    this.waiting.add(lane);
    lane.cancelWait = arm(() => {
      this.stopWaiting(lane);
      this.scheduler.pump();
    });
  }

  /** The lane is ready again, unless it waits no more. */
  stopWaiting(lane: Lane<T>): void {
    if (this.waiting.delete(lane)) this.makeReady(lane);
  }

  /** The task of the lane stays first in it, and the lane is blocked until `clear()`. */
  hold(lane: Lane<T>, task: T): void {
    if (this.isLeftOver(lane)) return this.goOn(lane);
    lane.putBack(task);
    this.held.add(lane);
  }

  /** A task that outlived its epoch settles for good, whatever came of it: it must not run among those of the next one. */
  private isLeftOver(lane: Lane<T>): boolean {
    return lane.startedIn !== this.epoch;
  }

  private begin(lane: Lane<T>, task: T): void {
    lane.add(task);
    this.makeReady(lane);
  }

  private makeReady(lane: Lane<T>): void {
    this.ready.add(lane);
    if (!this.closed) this.scheduler.list(this);
  }
}
