import { setTimeout as wait } from 'node:timers/promises';
import type { ReliableProducerOptions } from '../contracts/index.js';

/** How long a send is tried, and how often. */
export class Patience {
  readonly #deadline: number;
  #attempts = 0;

  constructor(
    private readonly retry: ReliableProducerOptions['retry'],
    timeout: number,
    readonly stopped: AbortSignal,
  ) {
    this.#deadline = Date.now() + timeout;
  }

  get exhausted(): boolean {
    return this.stopped.aborted || Date.now() >= this.#deadline || this.#attempts >= (this.retry?.retries ?? Infinity);
  }

  /** Waits before the next attempt: a little longer each time, not all callers at the same moment, not past the deadline. */
  async pause(): Promise<void> {
    const { initialRetryTime = 100, maxRetryTime = 1_000, multiplier = 2, factor = 0.2 } = this.retry ?? {};
    const ms = Math.min(initialRetryTime * multiplier ** this.#attempts, maxRetryTime);
    this.#attempts += 1;
    const jitter = 1 + factor * (2 * Math.random() - 1);
    const left = Math.max(0, this.#deadline - Date.now());
    await wait(Math.min(ms * jitter, left), undefined, { signal: this.stopped }).catch(() => undefined);
  }
}
