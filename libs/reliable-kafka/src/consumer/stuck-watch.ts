import type { EmitEvent } from '../contracts/index.js';
import type { Task } from './task.js';
import { after } from './waiting.js';

const LOOK_EVERY = 10_000;
/** An attempt that runs so long is told, once. */
const STUCK_AFTER = 60_000;

/** Tells of attempts that do not end: their lane is taken for as long. */
export class StuckWatch {
  private readonly told = new WeakMap<Task, number>();
  private cancel: () => void;

  constructor(
    private readonly running: () => Iterable<Task>,
    private readonly emit: EmitEvent,
  ) {
    this.cancel = after(LOOK_EVERY, () => this.look());
  }

  close(): void {
    this.cancel();
  }

  private look(): void {
    const now = performance.now();
    for (const task of this.running()) {
      const ms = Math.round(now - task.startedAt);
      if (ms < STUCK_AFTER || this.told.get(task) === task.startedAt) continue;
      this.told.set(task, task.startedAt);
      const { topic, partition, offset } = task.record;
      this.emit({ type: 'attempt-stuck', record: { topic, partition, offset }, handler: task.route.binding.label, ms });
    }
    this.cancel = after(LOOK_EVERY, () => this.look());
  }
}
