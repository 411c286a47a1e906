import type { AttemptResult, GuardKey, LeaseStore, Log } from '../contracts/index.js';
import { judged } from './judge.js';

/** Milliseconds for which a store that did not answer is left alone: where it hangs, each question would cost its whole timeout. */
const REST = 5_000;

/**
 * Completed keys in front of a database that holds the truth. Written after the COMMIT only, so what it knows is true; what it does not know, or
 * cannot say now, the database decides. It can be lost or down without harm.
 */
export class CompletedCache {
  /** Set while the store does not answer. */
  private restsUntil: number | undefined;

  /** Without a store it knows nothing. */
  constructor(
    private readonly store: LeaseStore | undefined,
    private readonly retention: number,
    private readonly log: Log,
  ) {}

  /** `undefined`: ask the database. Rejects with `FingerprintMismatchError`. */
  async recall(key: GuardKey): Promise<AttemptResult | undefined> {
    const known = await this.attempt((store) => store.recall(key));
    return known && judged(known, key);
  }

  async remember(key: GuardKey, reply: Buffer | undefined): Promise<void> {
    await this.attempt((store) => store.remember(key, this.retention, reply));
  }

  private async attempt<T>(ask: (store: LeaseStore) => Promise<T>): Promise<T | undefined> {
    if (!this.store || (this.restsUntil !== undefined && performance.now() < this.restsUntil)) return undefined;
    try {
      const answer = await ask(this.store);
      this.restsUntil = undefined;
      return answer;
    } catch (error) {
      if (this.restsUntil === undefined)
        this.log.warn(`The cache of completed keys does not answer; the database decides alone: ${String(error)}`);
      this.restsUntil = performance.now() + REST;
      return undefined;
    }
  }
}
