import type { AttemptResult, ConsumedRecord, RecordRef } from '../contracts/index.js';
import type { Lane } from '../ordering/index.js';
import type { Shared } from './shared.js';
import { type Task, UNDECODED } from './task.js';

/** Runs attempts, and makes of each result what it means: an outcome, another attempt, or a lane that is held. */
export class Attempts {
  constructor(
    private readonly shared: Shared,
    private readonly settled: () => void,
  ) {}

  run(task: Task, lane: Lane<Task>): void {
    const { capacity } = task.route.binding;
    if (capacity && !capacity.tryTake()) {
      return this.shared.scheduler.suspend(lane, (resume) => capacity.whenFree(resume));
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
      else this.settle(task, lane, { kind: 'released', delay: 0 });
    } catch (error) {
      this.settle(task, lane, { kind: 'failed', error });
    }
  }

  /** What held when the lane gave the task may have ended while it was decoded. */
  private mayStart(task: Task): boolean {
    return task.epoch.session.isCurrent(task.epoch) && this.shared.source.hasLease();
  }

  private invoke(task: Task, lane: Lane<Task>, payload: unknown): void {
    task.payload = payload;
    void task.route.binding.invoke(task).then((result) => this.settle(task, lane, result));
  }

  private settle(task: Task, lane: Lane<Task>, result: AttemptResult): void {
    const { scheduler } = this.shared;
    task.payload = UNDECODED;
    task.lane = undefined;
    task.route.binding.capacity?.release();
    if (!task.epoch.session.isCurrent(task.epoch)) scheduler.done(lane);
    else if (isOutcome(result)) {
      if (result.kind !== 'handled') this.tellSkipped(task, result.kind);
      task.epoch.complete(task);
      scheduler.done(lane);
    } else this.tryAgainOrHold(task, lane, result);
    this.settled();
  }

  private tellSkipped(task: Task, reason: 'duplicate' | 'superseded'): void {
    this.shared.emit({ type: 'record-skipped', record: ref(task.record), handler: task.route.binding.label, reason });
  }

  private tryAgainOrHold(task: Task, lane: Lane<Task>, result: Exclude<AttemptResult, Outcome>): void {
    const record = ref(task.record);
    const handler = task.route.binding.label;
    if (result.kind === 'waiting') {
      const { reason, delay } = result;
      this.shared.emit({ type: 'record-waiting', record, handler, reason, retryInMs: delay });
      return this.shared.scheduler.retry(lane, delay);
    }
    if (result.kind === 'rejected' || (result.kind === 'failed' && result.fatal)) {
      const error = result.kind === 'rejected' ? new Error(`rejected: ${result.reason}`) : result.error;
      this.shared.emit({ type: 'lane-held', record, handler, error });
      return this.shared.scheduler.hold(lane);
    }
    const { attempt } = task;
    const wait = (result.kind === 'released' ? result.delay : undefined) ?? this.shared.backoff(attempt);
    if (result.kind === 'failed') {
      this.shared.emit({ type: 'attempt-failed', record, handler, attempt, error: result.error, retryInMs: wait });
    }
    task.attempt++;
    task.epoch.tracker.noteAttempts(task.entry, task.route.index, attempt);
    this.shared.scheduler.retry(lane, wait);
  }
}

type Outcome = Extract<AttemptResult, { kind: 'handled' | 'duplicate' | 'superseded' }>;

function isOutcome(result: AttemptResult): result is Outcome {
  return result.kind === 'handled' || result.kind === 'duplicate' || result.kind === 'superseded';
}

function ref({ topic, partition, offset }: ConsumedRecord): RecordRef {
  return { topic, partition, offset };
}
