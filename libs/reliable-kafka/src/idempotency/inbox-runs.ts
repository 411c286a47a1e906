import type {
  AttemptResult,
  ConsumedRecord,
  GuardedCall,
  GuardKey,
  InboxStore,
  InboxTransaction,
  OpenGuard,
  Verdict,
} from '../contracts/index.js';
import type { CompletedCache } from './completed-cache.js';
import type { ReadGuardKey } from './guard-key.js';
import { judged } from './judge.js';

export interface InboxParts {
  readonly store: InboxStore;
  readonly retention: number;
  readonly read: ReadGuardKey;
  readonly scopeOf: (record: ConsumedRecord) => string;
  readonly cache: CompletedCache;
}

/** Handled within a claim, with the reply that belongs to it. */
export type Handled = { readonly result: AttemptResult; readonly reply: Buffer | undefined };

/** Each record in a transaction of its own. */
export class InboxRuns implements OpenGuard {
  constructor(private readonly parts: InboxParts) {}

  get capacity() {
    return this.parts.store.capacity;
  }

  async run(call: GuardedCall): Promise<AttemptResult> {
    const { store, cache, read, scopeOf, retention } = this.parts;
    const { record, payload } = call.attempt;
    const key = read(payload, record, scopeOf(record));
    const known = await cache.recall(key);
    if (known) return known;
    const handled = await store.transaction<Handled>(async (transaction) => {
      const claim = await transaction.claim(key, retention);
      if (claim.status !== 'claimed') return { commit: false, value: { result: judged(claim, key), reply: undefined } };
      return handledIn(transaction, key, call);
    });
    return remembered(cache, key, handled);
  }
}

/** After the COMMIT: what was handled is noted in the cache. */
export async function remembered(
  cache: CompletedCache,
  key: GuardKey,
  { result, reply }: Handled,
): Promise<AttemptResult> {
  if (result.kind === 'handled') await cache.remember(key, reply);
  return result;
}

/** Runs the handler in the transaction that holds its claim. */
export async function handledIn(
  transaction: InboxTransaction,
  key: GuardKey,
  call: GuardedCall,
): Promise<Verdict<Handled>> {
  const { result, reply } = await transaction.within(() => call.execute({}));
  const commit = result.kind === 'handled';
  if (commit && reply) await transaction.keepReply(key, reply);
  return { commit, value: { result, reply } };
}
