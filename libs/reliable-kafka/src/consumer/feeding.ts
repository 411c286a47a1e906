import type { PartitionSession } from './partition-session.js';

/** Records taken in at a time before the next partition's turn. */
const PORTION = 64;

/**
 * Takes fetched records into the lanes when nothing there is ready to run, partition after partition in turn. What waits costs no lane, no task and
 * no decoded value until then, and a hot key that fills its lane does not keep the others from being looked for.
 */
export class Feeding {
  private readonly waiting = new Set<PartitionSession>();

  /** The partition has records to take in, and may start them. */
  add(session: PartitionSession): void {
    this.waiting.add(session);
  }

  remove(session: PartitionSession): void {
    this.waiting.delete(session);
  }

  /** Takes one portion in; false when nothing is waiting. */
  more(): boolean {
    for (const session of this.waiting) {
      this.waiting.delete(session);
      session.feed(PORTION);
      return true;
    }
    return false;
  }
}
