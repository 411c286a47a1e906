import type { AttemptResult, GuardedCall, GuardKey, InboxTransaction, OpenGuard } from '../contracts/index.js';
import { handledIn } from './inbox-runs.js';
import type { InboxParts } from './inbox-runs.js';
import { judged } from './judge.js';

export interface BatchOptions {
  /** Records in one transaction at most. Default 500. */
  readonly size?: number;
}

const SIZE = 500;

interface Waiting {
  readonly call: GuardedCall;
  readonly key: GuardKey;
  readonly settle: (result: AttemptResult | Promise<never>) => void;
}

/**
 * Whatever records come while a transaction is under way share the next one. Their keys are claimed together; then the handlers run strictly one after
 * another, each between savepoints, since two at once would undo each other's writes. No record has its outcome before the COMMIT of all.
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
    const { store, cache } = this.parts;
    try {
      const outcomes = await store.transaction((transaction) => this.handleAll(transaction, batch));
      for (const [i, { result, reply, error }] of outcomes.entries()) {
        const { key, settle } = batch[i]!;
        if (error) settle(Promise.reject(error.thrown));
        else {
          if (result!.kind === 'handled') await cache.remember(key, reply);
          settle(result!);
        }
      }
    } catch (error) {
      for (const { settle } of batch) settle(Promise.reject(error));
    }
  }

  private async handleAll(transaction: InboxTransaction, batch: readonly Waiting[]) {
    const claims = await transaction.claimAll(
      batch.map(({ key }) => key),
      this.parts.retention,
    );
    const outcomes: Outcome[] = [];
    const failed: GuardKey[] = [];
    for (const [i, { call, key }] of batch.entries()) {
      const claim = claims[i]!;
      if (claim.status !== 'claimed') outcomes.push(attempted(() => judged(claim, key)));
      else {
        const handled = await transaction.savepoint(() => handledIn(transaction, key, call));
        if (handled.result.kind !== 'handled') failed.push(key);
        outcomes.push(handled);
      }
    }
    if (failed.length > 0) await transaction.disclaim(failed);
    return { commit: outcomes.some(({ result }) => result?.kind === 'handled'), value: outcomes };
  }
}

interface Outcome {
  readonly result?: AttemptResult;
  readonly reply?: Buffer;
  readonly error?: { readonly thrown: unknown };
}

function attempted(judge: () => AttemptResult): Outcome {
  try {
    return { result: judge() };
  } catch (thrown) {
    return { error: { thrown } };
  }
}
