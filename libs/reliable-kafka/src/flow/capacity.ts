import type { Capacity } from '../contracts/index.js';

/** So many places, and a queue for those who find none. A place that comes free is nobody's until it is taken: those who wait are called to try. */
export class Places implements Capacity {
  private taken = 0;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly places: number) {
    if (!(places >= 1)) throw new RangeError(`There must be at least one place, not ${places}`);
  }

  tryTake(): boolean {
    if (this.taken >= this.places) return false;
    this.taken++;
    return true;
  }

  release(): void {
    this.taken--;
    this.callNext();
  }

  whenFree(fn: () => void): () => void {
    this.waiting.add(fn);
    return () => {
      if (!this.waiting.delete(fn) && this.taken < this.places) this.callNext();
    };
  }

  private callNext(): void {
    const [first] = this.waiting;
    if (!first) return;
    this.waiting.delete(first);
    first();
  }
}
