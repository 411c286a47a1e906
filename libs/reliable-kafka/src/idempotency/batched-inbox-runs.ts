import type { AttemptResult, GuardedCall, GuardKey, InboxTransaction, OpenGuard, Verdict } from '../contracts/index.js';
import { handledIn, remembered } from './inbox-runs.js';
import type { Handled, InboxParts } from './inbox-runs.js';
import { judged } from './judge.js';

export interface BatchOptions {
  /** Records in one transaction at most. Default 500. */
  readonly size?: number;
}

const SIZE = 500;

interface Waiting {
  readonly call: GuardedCall;
  readonly key: GuardKey;
  readonly settle: (result: Promise<AttemptResult>) => void;
}

/** What is to be told of a record once the transaction is over. */
type Outcome = () => AttemptResult | Promise<AttemptResult>;

/**
 * Whatever records come while a transaction is under way share the next one. Their keys are claimed together; then the handlers run strictly one after
 * another, each between savepoints, since two at once would undo each other's writes. No record has its outcome before the COMMIT of all, and none has
 * one when that fails.
 */
export class BatchedInboxRuns implements OpenGuard {
  private readonly size: number;
  private waiting: Waiting[] = [];
  private working = false;

  constructor(
    private readonly parts: InboxParts,
    { size = SIZE }: BatchOptions,
  ) {
    this.size = size;
  }

  async run(call: GuardedCall): Promise<AttemptResult> {
    const { read, scopeOf, cache } = this.parts;
    const { record, payload } = call.attempt;
    const key = read(payload, record, scopeOf(record));
    const known = await cache.recall(key);
    if (known) return known;
    return new Promise((settle) => {
      this.waiting.push({ call, key, settle });
      void this.work();
    });
  }

  private async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    // Those that are on their way in this turn of the event loop come along.
    await new Promise(setImmediate);
    while (this.waiting.length > 0) {
      await this.place();
      await this.carry(this.next());
      this.parts.store.capacity.release();
    }
    this.working = false;
  }

  private place(): Promise<void> {
    const { capacity } = this.parts.store;
    return new Promise((resolve) => {
      const look = () => (capacity.tryTake() ? resolve() : capacity.whenFree(look));
      look();
    });
  }

  /** A key that is there twice waits for the next transaction: its first one may fail. */
  private next(): Waiting[] {
    const batch = new Map<string, Waiting>();
    const later: Waiting[] = [];
    for (const one of this.waiting) {
      const name = `${one.key.scope}\n${one.key.key}`;
      if (batch.size === this.size || batch.has(name)) later.push(one);
      else batch.set(name, one);
    }
    this.waiting = later;
    return [...batch.values()];
  }

  private async carry(batch: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.parts.store.transaction((transaction) => this.handleAll(transaction, batch));
      if (outcomes) for (const [i, { settle }] of batch.entries()) settle(told(outcomes[i]!));
      else for (const one of batch) await this.carry([one]);
    } catch (error) {
      for (const { settle } of batch) settle(Promise.reject(error));
    }
  }

  /** `undefined`: another transaction holds one of the keys, nobody knows which. Nothing was run; each record has to try alone. */
  private async handleAll(
    transaction: InboxTransaction,
    batch: readonly Waiting[],
  ): Promise<Verdict<readonly Outcome[] | undefined>> {
    const { retention, cache } = this.parts;
    const keys = batch.map(({ key }) => key);
    const claims = await transaction.claimAll(keys, retention);
    if (batch.length > 1 && claims.some(({ status }) => status === 'busy')) return { commit: false, value: undefined };
    const outcomes: Outcome[] = [];
    const failed: GuardKey[] = [];
    let commit = false;
    for (const [i, { call, key }] of batch.entries()) {
      const claim = claims[i]!;
      if (claim.status !== 'claimed') outcomes.push(() => judged(claim, key));
      else {
        const handled = await transaction.savepoint(() => handledIn(transaction, key, call)).catch(failure);
        if (handled.result.kind === 'handled') commit = true;
        else failed.push(key);
        outcomes.push(() => remembered(cache, key, handled));
      }
    }
    if (commit && failed.length > 0) await transaction.disclaim(failed);
    return { commit, value: outcomes };
  }
}

/** What one has done was erased, and the others go on. Should they not be able to, the COMMIT fails. */
function failure(error: unknown): Handled {
  return { result: { kind: 'failed', error }, reply: undefined };
}

async function told(outcome: Outcome): Promise<AttemptResult> {
  return outcome();
}
