import type { EmitEvent } from '../contracts/index.js';
import type { Task } from './task.js';
import { after } from './waiting.js';

const LOOK_EVERY = 10_000;
/** An attempt that is seen at so many looks in a row is told. */
const STUCK_LOOKS = 6;

/**
 * Tells of attempts that do not end, once each: their lane is taken for as long. It looks at what runs now and then, so that starting an attempt
 * costs no look at the clock.
 */
export class StuckWatch {
  private seen = new Map<Task, { attempt: number; looks: number }>();
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

  /** The attempts that were told of, as far as they had not ended at the last look. */
  *stuck(): Iterable<Task> {
    for (const [task, { looks }] of this.seen) if (looks >= STUCK_LOOKS) yield task;
  }

  private look(): void {
    const seen: typeof this.seen = new Map();
    for (const task of this.running()) {
      const before = this.seen.get(task);
      const looks = before?.attempt === task.attempt ? before.looks + 1 : 1;
      seen.set(task, { attempt: task.attempt, looks });
      if (looks === STUCK_LOOKS) this.tell(task);
    }
    this.seen = seen;
    this.cancel = after(LOOK_EVERY, () => this.look());
  }

  private tell(task: Task): void {
    const { topic, partition, offset } = task.record;
    this.emit({
      type: 'attempt-stuck',
      record: { topic, partition, offset },
      handler: task.route.binding.label,
      ms: LOOK_EVERY * (STUCK_LOOKS - 1),
    });
  }
}
