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
    if (!task.epoch.session.isCurrent(task.epoch)) scheduler.done(lane);
    else if (result.kind === 'handled') {
      task.epoch.complete(task);
      scheduler.done(lane);
    } else this.tryAgainOrHold(task, lane, result);
    this.settled();
  }

  private tryAgainOrHold(task: Task, lane: Lane<Task>, result: Exclude<AttemptResult, { kind: 'handled' }>): void {
    const record = ref(task.record);
    const handler = task.route.binding.label;
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

function ref({ topic, partition, offset }: ConsumedRecord): RecordRef {
  return { topic, partition, offset };
}
