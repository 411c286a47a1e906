import { randomUUID } from 'node:crypto';
import type {
  AttemptResult,
  ClaimTold,
  ConsumedRecord,
  Executed,
  GuardedCall,
  GuardKey,
  InboxStore,
  LeaseStore,
  Log,
  OpenGuard,
} from '../contracts/index.js';
import { ClaimLostError } from './errors.js';
import type { ReadGuardKey } from './guard-key.js';
import { busy, judged } from './judge.js';
import { LeaseRenewal } from './lease-renewal.js';

export interface LeasedParts {
  readonly store: LeaseStore;
  readonly lease: number;
  readonly retention: number;
  readonly read: ReadGuardKey;
  readonly scopeOf: (record: ConsumedRecord) => string;
  /** Where fencing tokens come from, if anywhere. */
  readonly fences: InboxStore | undefined;
  readonly log: Log;
}

/** What was handled under a claim, and is to be completed. */
interface Finished {
  readonly owner: string;
  readonly reply: Buffer | undefined;
}

/** Each record under a claim with a lease. */
export class LeasedRuns implements OpenGuard {
  /** Where there is another attempt, this one's completion was not acknowledged: that one completes, and runs nothing while the claim is still its own. */
  private readonly finished = new WeakMap<ConsumedRecord, Finished>();
  /** The owner of a claim that was not answered: it may have been made, and is asked for under the same name. */
  private readonly unanswered = new WeakMap<ConsumedRecord, string>();

  constructor(private readonly parts: LeasedParts) {}

  async run(call: GuardedCall): Promise<AttemptResult> {
    const { record, payload } = call.attempt;
    const key = this.parts.read(payload, record, this.parts.scopeOf(record));
    const finished = this.finished.get(record);
    if (finished && (await this.complete(key, record, finished))) return handled(finished);
    return this.claimAndRun(key, call);
  }

  private async claimAndRun(key: GuardKey, call: GuardedCall): Promise<AttemptResult> {
    const { store, lease } = this.parts;
    const { record } = call.attempt;
    const owner = this.unanswered.get(record) ?? randomUUID();
    const renewal = new LeaseRenewal(lease, () => store.renew(key, owner, lease));
    this.unanswered.set(record, owner);
    const claim = await store.claim(key, owner, lease);
    if (claim.status === 'claimed' && !renewal.start()) return busy(0);
    this.unanswered.delete(record);
    if (claim.status !== 'claimed') return judged(claim, key);
    try {
      return await this.runClaimed(key, owner, call, {
        recovered: claim.recovered,
        get signal() {
          return renewal.lost;
        },
      });
    } finally {
      renewal.stop();
    }
  }

  private async runClaimed(key: GuardKey, owner: string, call: GuardedCall, told: ClaimTold): Promise<AttemptResult> {
    const { result, reply } = await this.execute(call, told).catch(async (error: unknown) => {
      await this.release(key, owner);
      throw error;
    });
    if (result.kind !== 'handled') {
      await this.release(key, owner);
      return result;
    }
    const finished = { owner, reply };
    if (await this.complete(key, call.attempt.record, finished)) return handled(finished);
    throw new ClaimLostError(
      `The claim on '${key.key}' ended before its handler did: another process may have run it meanwhile. Give setNx a longer lease`,
    );
  }

  /** The fencing token is drawn under the claim: a later claim has a higher one. */
  private async execute(call: GuardedCall, told: ClaimTold): Promise<Executed> {
    const fencingToken = await this.parts.fences?.nextFencingToken?.();
    return call.execute(Object.assign(told, { fencingToken }));
  }

  /** False: the claim is another's by now. Rejects when the store does not answer; the next attempt tries again what this one has finished. */
  private complete(key: GuardKey, record: ConsumedRecord, finished: Finished): Promise<boolean> {
    this.finished.set(record, finished);
    return this.parts.store.complete(key, finished.owner, this.parts.retention, finished.reply);
  }

  /** A release that does not arrive costs a wait for the end of the lease, and nothing else. */
  private async release(key: GuardKey, owner: string): Promise<void> {
    await this.parts.store
      .release(key, owner)
      .catch((error: unknown) =>
        this.parts.log.warn(`A claim was not released and lapses by itself: ${String(error)}`),
      );
  }
}

function handled({ reply }: Finished): AttemptResult {
  return { kind: 'handled', ...(reply && { reply }) };
}
