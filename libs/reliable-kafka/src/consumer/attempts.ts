import type { AttemptResult } from '../contracts/index.js';
import { AttemptTimeoutError, refOf } from '../contracts/index.js';
import type { Lane } from '../ordering/index.js';
import { endOf } from './parking/index.js';
import type { Shared } from './shared.js';
import { type Task, UNDECODED } from './task.js';
import { after } from './waiting.js';

/** Runs attempts, and makes of each result what it means: an outcome, another attempt, or a lane that is held. */
export class Attempts {
  constructor(
    private readonly shared: Shared,
    private readonly settled: () => void,
  ) {}

  run(task: Task, lane: Lane<Task>): void {
    if (!task.death) task.filing ??= task.epoch.parking?.turnOf(task);
    if (task.filing) {
      task.epoch.caution?.withdraw(task);
      return void this.file(task, lane);
    }
    if (task.death) return void this.fail(task, lane, DYING);
    this.start(task, lane);
  }

  private start(task: Task, lane: Lane<Task>): void {
    const { scheduler } = this.shared;
    const caution = task.parked ? undefined : task.epoch.caution;
    if (caution && !caution.mayStart(task))
      return scheduler.suspend(lane, (resume) => caution.whenMayStart(task, resume));
    const { capacity } = task.route.binding;
    if (capacity && !capacity.tryTake()) {
      return scheduler.suspend(lane, (resume) => {
        const takeBack = capacity.whenFree(resume);
        return () => {
          takeBack();
          caution?.withdraw(task);
        };
      });
    }
    task.lane = lane;
    const { payload } = task;
    task.payload = UNDECODED;
    if (payload !== UNDECODED) this.invoke(task, lane, payload);
    else void this.decodeAgain(task, lane);
  }

  private async decodeAgain(task: Task, lane: Lane<Task>): Promise<void> {
    try {
      const payload = await this.shared.decode(task.record);
      if (this.mayStart(task)) this.invoke(task, lane, payload);
      else this.giveBack(task, lane);
    } catch (error) {
      this.settle(task, lane, { kind: 'failed', error });
    }
  }

  private giveBack(task: Task, lane: Lane<Task>): void {
    task.route.binding.capacity?.release();
    task.epoch.caution?.withdraw(task);
    this.putBack(task, lane);
  }

  private putBack(task: Task, lane: Lane<Task>): void {
    const { scheduler } = this.shared;
    if (task.epoch.session.isCurrent(task.epoch)) scheduler.retry(lane, 0);
    else scheduler.done(lane);
    this.settled();
  }

  /** What held when the lane gave the task may have ended while it was decoded. */
  private mayStart(task: Task): boolean {
    return task.epoch.session.isCurrent(task.epoch) && this.shared.source.hasLease();
  }

  private invoke(task: Task, lane: Lane<Task>, payload: unknown): void {
    task.payload = payload;
    task.begin();
    const { binding } = task.route;
    const timeout = binding.retry?.timeout ?? this.shared.timeout;
    const settle = (result: AttemptResult) => this.settle(task, lane, result);
    if (timeout === undefined) void binding.invoke(task).then(settle);
    else void this.bounded(task, timeout).then(settle);
  }

  private bounded(task: Task, timeout: number): Promise<AttemptResult> {
    const { binding } = task.route;
    const cancel = after(timeout, () => task.abort(new AttemptTimeoutError(binding.label, timeout)));
    return binding.invoke(task).finally(cancel);
  }

  private settle(task: Task, lane: Lane<Task>, result: AttemptResult): void {
    this.conclude(task, lane, result);
    task.epoch.caution?.settled(task);
  }

  private conclude(task: Task, lane: Lane<Task>, result: AttemptResult): void {
    const { scheduler } = this.shared;
    task.payload = UNDECODED;
    task.lane = undefined;
    task.route.binding.capacity?.release();
    if (!task.epoch.session.isCurrent(task.epoch)) scheduler.done(lane);
    else if (isOutcome(result)) {
      if (result.kind !== 'handled') this.tellSkipped(task, result.kind);
      return this.complete(task, lane);
    } else if (result.kind === 'waiting') this.wait(task, lane, result);
    else return void this.fail(task, lane, result);
    this.settled();
  }

  private tellSkipped(task: Task, reason: 'duplicate' | 'superseded'): void {
    this.shared.emit({ type: 'record-skipped', record: refOf(task.record), handler: task.route.binding.label, reason });
  }

  private wait(task: Task, lane: Lane<Task>, { reason, delay }: Waiting): void {
    const handler = task.route.binding.label;
    this.shared.emit({ type: 'record-waiting', record: refOf(task.record), handler, reason, retryInMs: delay });
    this.shared.scheduler.retry(lane, delay);
  }

  private async fail(task: Task, lane: Lane<Task>, result: Exclude<AttemptResult, Outcome | Waiting>): Promise<void> {
    const verdict = await this.shared.failures.judge(task, result);
    const { scheduler } = this.shared;
    if (!task.epoch.session.isCurrent(task.epoch)) scheduler.done(lane);
    else if (verdict.kind === 'dead') return this.complete(task, lane);
    else if (verdict.kind === 'held') scheduler.hold(lane);
    else if (verdict.kind === 'again') {
      if (verdict.counted) task.epoch.tracker.noteAttempts(task.entry, task.route.index, task.attempt++);
      scheduler.retry(lane, verdict.delay);
    } else {
      task.filing = verdict;
      return this.file(task, lane);
    }
    this.settled();
  }

  /** It has its outcome, which is one when whoever has to know of it knows. */
  private complete(task: Task, lane: Lane<Task>): void {
    task.filing = endOf(task);
    if (task.filing) return void this.file(task, lane);
    task.epoch.complete(task);
    this.shared.scheduler.done(lane);
    this.settled();
  }

  private async file(task: Task, lane: Lane<Task>): Promise<void> {
    const filed = await task.epoch.parking!.file(task, lane);
    const { scheduler } = this.shared;
    if (!task.epoch.session.isCurrent(task.epoch)) scheduler.done(lane);
    else if (filed === 'taken') return this.mayStart(task) ? this.start(task, lane) : this.putBack(task, lane);
    else if (filed === 'filed') {
      if (!task.parked) task.epoch.complete(task);
      scheduler.done(lane);
    } else scheduler.retry(lane, filed.retryIn);
    this.settled();
  }
}

/** The handler does not see the record again. */
const DYING: Extract<AttemptResult, { kind: 'failed' }> = Object.freeze({ kind: 'failed', error: undefined });

type Waiting = Extract<AttemptResult, { kind: 'waiting' }>;
type Outcome = Extract<AttemptResult, { kind: 'handled' | 'duplicate' | 'superseded' }>;

function isOutcome(result: AttemptResult): result is Outcome {
  return result.kind === 'handled' || result.kind === 'duplicate' || result.kind === 'superseded';
}
