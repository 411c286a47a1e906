import { setTimeout as wait } from 'node:timers/promises';
import type { ReliableProducerOptions } from '../contracts/index.js';

/** How often something is tried, and how long. */
export class Patience {
  #pauses = 0;

  constructor(
    private readonly retry: ReliableProducerOptions['retry'],
    private readonly stopped: AbortSignal,
  ) {}

  /** Whether there is to be no further attempt at something that is worth trying until `deadline` (ms since the epoch). */
  exhausted(deadline: number): boolean {
    return this.stopped.aborted || Date.now() >= deadline || this.#pauses >= (this.retry?.retries ?? Infinity);
  }

  /** Waits before the next attempt: longer each time, not all callers at the same moment, and not at all once it was told to stop. */
  async pause(): Promise<void> {
    const { initialRetryTime = 100, maxRetryTime = 1_000, multiplier = 2, factor = 0.2 } = this.retry ?? {};
    const ms = Math.min(initialRetryTime * multiplier ** this.#pauses, maxRetryTime);
    this.#pauses += 1;
    await wait(ms * (1 + factor * (2 * Math.random() - 1)), undefined, { signal: this.stopped }).catch(() => undefined);
  }
}
