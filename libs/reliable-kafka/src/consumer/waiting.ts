/** Calls `fn` after `ms` milliseconds without keeping the process alive for it; the answer cancels it. */
export function after(ms: number, fn: () => void): () => void {
  const timer = setTimeout(fn, ms);
  timer.unref();
  return () => clearTimeout(timer);
}

/** Promises that resolve when a condition holds; `look()` after each change that may have made it so. */
export class Waiters {
  private readonly waiting = new Set<{ holds: () => boolean; resolve: () => void }>();

  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => this.waiting.add({ holds, resolve }));
  }

  look(): void {
    if (this.waiting.size === 0) return;
    for (const waiter of this.waiting) {
      if (!waiter.holds()) continue;
      this.waiting.delete(waiter);
      waiter.resolve();
    }
  }
}
