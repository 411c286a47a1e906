import { randomUUID } from 'node:crypto';
import type { AttemptResult, ConsumedRecord, GuardedCall, Log, OpenGuard } from '../contracts/index.js';
import { HANDLED } from '../contracts/index.js';
import { busy, ClaimLostError, LeaseRenewal } from '../idempotency/index.js';
import type { Dialect } from './dialect.js';
import { MissingRowError, UnexpectedStatusError } from './row-errors.js';
import type { ReadRowId, RowId } from './row-id.js';
import type { ClaimRow, ClaimRows } from './status-guard-claims.js';
import type { Status, Statuses } from './status-guard-statuses.js';
import { finalStatus, placeOf } from './status-guard-statuses.js';

export interface ClaimedRunsParts {
  readonly rows: ClaimRows;
  readonly dialect: Dialect;
  readonly statuses: Statuses;
  /** As errors name it. */
  readonly entity: string;
  readonly readId: ReadRowId;
  readonly lease: number;
  readonly onUnknown: 'retry' | 'stop';
  readonly log: Log;
}

/** Who claims for a record, attempt after attempt. */
interface Claimant {
  readonly owner: string;
  /** Whether one of its claims was taken over from somebody else. */
  recovered: boolean;
}

interface Claimed {
  readonly kind: 'claimed';
  readonly fence: bigint;
  /** Nobody has run the handler on this row before. */
  readonly isFirst: boolean;
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

  private async claimAndRun(id: RowId, call: GuardedCall): Promise<AttemptResult> {
    const { rows, lease } = this.parts;
    const claimant = this.claimantOf(call.attempt.record);
    let fence = 0n;
    const renewal = new LeaseRenewal(lease, () => rows.renew(id, fence));
    const claim = await this.claim(id, claimant).catch((error: unknown) => this.inTheWay(error));
    if (claim.kind !== 'claimed') return claim;
    fence = claim.fence;
    if (!renewal.start()) return busy(0);
    try {
      return await this.runClaimed(id, claim, call, claimant.recovered, renewal.lost);
    } finally {
      renewal.stop();
    }
  }

  private async runClaimed(
    id: RowId,
    { fence, isFirst }: Claimed,
    call: GuardedCall,
    recovered: boolean,
    signal: AbortSignal,
  ): Promise<AttemptResult> {
    const { rows, entity } = this.parts;
    const { result, value } = await call.execute({ recovered, fencingToken: fence, signal });
    if (result.kind !== 'handled') {
      const neverStarted = result.kind === 'waiting';
      await this.end(() => (neverStarted && isFirst ? rows.giveBack(id, fence) : rows.lapse(id, fence)));
      return result;
    }
    const finished = await this.finish(id, call.attempt.record, {
      fence,
      status: await this.statusOf(id, fence, value),
    });
    if (finished) return finished;
    throw new ClaimLostError(
      `The claim on ${entity} '${id}' ended before its handler did: another process may have run it meanwhile. ` +
        'Give statusGuard a longer lease, or the call a shorter timeout',
    );
  }

  private async claim(id: RowId, claimant: Claimant): Promise<Claimed | AttemptResult> {
    const { rows, entity, statuses } = this.parts;
    const isFirst = await rows.begin(id, claimant.owner);
    const row = await rows.read(id);
    if (!row) throw new MissingRowError(entity, id);
    switch (placeOf(row.status, statuses)) {
      case 'done':
        return { kind: 'duplicate' };
      case 'dead':
        return this.dead(id);
      case 'from':
        // Given back since the update looked.
        return busy(0);
      case 'elsewhere':
        throw new UnexpectedStatusError(entity, id, row.status);
      case 'to':
        if (!isFirst || row.owner !== claimant.owner) return this.takeOver(id, claimant, row);
        claimant.recovered = false;
        return { kind: 'claimed', fence: row.fence, isFirst };
    }
  }

  private async takeOver(id: RowId, claimant: Claimant, row: ClaimRow): Promise<Claimed | AttemptResult> {
    const { rows, entity, onUnknown } = this.parts;
    const isOwn = row.owner === claimant.owner;
    if (!isOwn && row.left > 0) return busy(row.left);
    if (!isOwn) claimant.recovered = true;
    if (claimant.recovered && onUnknown === 'stop') {
      const reason = `the claim on ${entity} '${id}' lapsed, and nobody knows how far its owner came: stopped, as onUnknown says`;
      return { kind: 'rejected', reason };
    }
    if (!(await rows.takeOver(id, claimant.owner, row))) return busy(0);
    return { kind: 'claimed', fence: row.fence + 1n, isFirst: false };
  }

  /** Another one at the same rows: whoever comes next may come soon. */
  private inTheWay(error: unknown): AttemptResult {
    if (this.parts.dialect.isConflict(error)) return busy(0);
    throw error;
  }

  /**
   * `undefined`: the claim is another's by now. Rejects when the database does not answer; what was returned is kept for the next attempt then.
   * Somebody who reports the end of the call, a receipt say, may have written a final status first.
   */
  private async finish(id: RowId, record: ConsumedRecord, returned: Returned): Promise<AttemptResult | undefined> {
    const { rows, statuses } = this.parts;
    this.returned.set(record, returned);
    let { status }: { status: unknown } = returned;
    if (!(await rows.finish(id, returned.fence, returned.status))) {
      const row = await rows.read(id);
      status = row?.fence === returned.fence ? row.status : undefined;
    }
    this.returned.delete(record);
    const place = placeOf(status, statuses);
    return place === 'done' ? HANDLED : place === 'dead' ? this.dead(id) : undefined;
  }

  /** A status that cannot be written ends the claim. */
  private async statusOf(id: RowId, fence: bigint, value: unknown): Promise<Status> {
    try {
      return finalStatus(value, this.parts.statuses);
    } catch (error) {
      await this.end(() => this.parts.rows.lapse(id, fence));
      throw error;
    }
  }

  /** An end that does not arrive costs others a wait for the end of the lease, and nothing else. */
  private async end(how: () => Promise<boolean>): Promise<void> {
    await how().catch((error: unknown) =>
      this.parts.log.warn(`A claim was not ended and lapses by itself: ${String(error)}`),
    );
  }

  private dead(id: RowId): AttemptResult {
    return { kind: 'rejected', reason: `${this.parts.entity} '${id}' is at its dead status` };
  }

  private claimantOf(record: ConsumedRecord): Claimant {
    let claimant = this.claimants.get(record);
    if (!claimant) this.claimants.set(record, (claimant = { owner: randomUUID(), recovered: false }));
    return claimant;
  }
}
