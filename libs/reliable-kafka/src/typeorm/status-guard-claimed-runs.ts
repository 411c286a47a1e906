import { randomUUID } from 'node:crypto';
import type { AttemptResult, ConsumedRecord, GuardedCall, Log, OpenGuard, Verdict } from '../contracts/index.js';
import { HANDLED, isReplay } from '../contracts/index.js';
import { busy, ClaimLostError, LeaseRenewal } from '../idempotency/index.js';
import { deadRow } from './row-errors.js';
import type { ReadRowId, RowId } from './row-id.js';
import type { Claimant, Claimed, ClaimingParts } from './status-guard-claiming.js';
import { claimRow } from './status-guard-claiming.js';
import type { ClaimRowsParts } from './status-guard-claims.js';
import { ClaimRows } from './status-guard-claims.js';
import type { Status } from './status-guard-statuses.js';
import { finalStatus, placeOf } from './status-guard-statuses.js';
import type { TypeormStore, TypeormTransaction } from './typeorm-store.js';

export interface ClaimedRunsParts extends ClaimingParts, ClaimRowsParts {
  readonly store: TypeormStore;
  readonly readId: ReadRowId;
  readonly log: Log;
}

/** What a handler returned under a claim. */
interface Returned {
  readonly fence: bigint;
  readonly status: Status;
}

/** Each record under a claim that its row carries; committed before the handler runs, and completed after it. */
export class ClaimedRuns implements OpenGuard {
  /** One owner for all attempts on a record: each knows the claims of those before it, also one whose answer was lost. */
  private readonly claimants = new WeakMap<ConsumedRecord, Claimant>();
  /** Returned, but perhaps not written: the next attempt writes it, and does not run the handler again while the claim is still its own. */
  private readonly returned = new WeakMap<ConsumedRecord, Returned>();

  constructor(private readonly parts: ClaimedRunsParts) {}

  async run(call: GuardedCall): Promise<AttemptResult> {
    const { record, payload } = call.attempt;
    const id = this.parts.readId(payload, record);
    const returned = this.returned.get(record);
    const finished = returned && (await this.finish(id, record, returned));
    return finished ?? this.claimAndRun(id, call);
  }

  /** Only what is this record's own: a row that another owner has by now is that one's to end. */
  async dying(record: ConsumedRecord, payload: unknown): Promise<void> {
    const { statuses, readId } = this.parts;
    const { dead } = statuses;
    if (dead === undefined) return;
    const id = readId(payload, record);
    await this.committed(async (rows) => {
      const row = await rows.read(id);
      if (row?.owner === this.claimantOf(record).owner && (await rows.finish(id, row.fence, dead))) return true;
      return rows.giveUp(id, dead);
    });
  }

  private async claimAndRun(id: RowId, call: GuardedCall): Promise<AttemptResult> {
    const claimant = this.claimantOf(call.attempt.record);
    let fence = 0n;
    const renewal = new LeaseRenewal(this.parts.lease, () => this.renew(id, fence));
    const claim = await this.claim(id, claimant);
    if (claim.kind !== 'claimed') return claim;
    fence = claim.fence;
    if (!renewal.start()) return busy(0);
    try {
      return await this.runClaimed(id, claim, call, claimant.recovered, renewal.lost);
    } finally {
      renewal.stop();
    }
  }

  private async claim(id: RowId, claimant: Claimant): Promise<Claimed | AttemptResult> {
    try {
      return await this.committed((rows) => claimRow(rows, id, claimant, this.parts));
    } catch (error) {
      // Another one was at the same row, and may be done with it soon.
      if (this.parts.store.dialect.isConflict(error)) return busy(0);
      throw error;
    }
  }

  private async runClaimed(
    id: RowId,
    { fence, isFirst }: Claimed,
    call: GuardedCall,
    recovered: boolean,
    signal: AbortSignal,
  ): Promise<AttemptResult> {
    const { result, value } = await call.execute({ recovered, fencingToken: fence, signal });
    if (result.kind !== 'handled') {
      const neverStarted = result.kind === 'waiting';
      await this.end((rows) => (neverStarted && isFirst ? rows.giveBack(id, fence) : rows.lapse(id, fence)));
      return result;
    }
    const status = await this.statusOf(id, fence, value);
    const finished = await this.finish(id, call.attempt.record, { fence, status });
    if (finished) return finished;
    throw new ClaimLostError(
      `The claim on ${this.parts.entity} '${id}' ended before its handler did: another process may have run it meanwhile. ` +
        'Give statusGuard a longer lease, or the call a shorter timeout',
    );
  }

  /**
   * `undefined`: the claim is another's by now. Rejects when the database does not answer; what was returned is kept for the next attempt then.
   * Somebody who reports the end of the call, a receipt say, may have written a final status first.
   */
  private async finish(id: RowId, record: ConsumedRecord, returned: Returned): Promise<AttemptResult | undefined> {
    const { statuses, entity } = this.parts;
    this.returned.set(record, returned);
    const status = await this.committed(async (rows) => {
      if (await rows.finish(id, returned.fence, returned.status)) return returned.status;
      const row = await rows.read(id);
      return row?.fence === returned.fence ? row.status : undefined;
    });
    this.returned.delete(record);
    const place = placeOf(status, statuses);
    return place === 'done' ? HANDLED : place === 'dead' ? deadRow(entity, id) : undefined;
  }

  /** A status that cannot be written ends the claim. */
  private async statusOf(id: RowId, fence: bigint, value: unknown): Promise<Status> {
    try {
      return finalStatus(value, this.parts.statuses);
    } catch (error) {
      await this.end((rows) => rows.lapse(id, fence));
      throw error;
    }
  }

  /** An end that does not arrive costs others a wait for the end of the lease, and nothing else. */
  private async end(how: (rows: ClaimRows) => Promise<boolean>): Promise<void> {
    await this.committed(how).catch((error: unknown) =>
      this.parts.log.warn(`A claim was not ended and lapses by itself: ${String(error)}`),
    );
  }

  /** Not the handler's transaction: one that is over when this resolves. */
  private committed<T>(steps: (rows: ClaimRows) => Promise<T>): Promise<T> {
    return this.parts.store.transaction(this.committing(steps));
  }

  /** A pool that the application has exhausted must not cost the claim. */
  private renew(id: RowId, fence: bigint): Promise<boolean> {
    return this.parts.store.aside(this.committing((rows) => rows.renew(id, fence)));
  }

  private committing<T>(steps: (rows: ClaimRows) => Promise<T>) {
    return async ({ manager }: TypeormTransaction): Promise<Verdict<T>> => {
      return { commit: true, value: await steps(new ClaimRows(this.parts, manager)) };
    };
  }

  private claimantOf(record: ConsumedRecord): Claimant {
    let claimant = this.claimants.get(record);
    if (!claimant) {
      claimant = { owner: randomUUID(), isReplay: isReplay(record), recovered: false };
      this.claimants.set(record, claimant);
    }
    return claimant;
  }
}
