import type { AttemptResult } from '../contracts/index.js';
import { busy } from '../idempotency/index.js';
import { deadRow, MissingRowError, UnexpectedStatusError } from './row-errors.js';
import type { RowId } from './row-id.js';
import type { ClaimRow, ClaimRows } from './status-guard-claims.js';
import type { Statuses } from './status-guard-statuses.js';
import { placeOf } from './status-guard-statuses.js';

export interface ClaimingParts {
  readonly statuses: Statuses;
  /** As errors name it. */
  readonly entity: string;
  readonly onUnknown: 'retry' | 'stop';
}

/** Who claims for a record, attempt after attempt. */
export interface Claimant {
  readonly owner: string;
  /** Its record is a dead letter that somebody has replayed. */
  readonly isReplay: boolean;
  /** Whether one of its claims was taken over from somebody else. */
  recovered: boolean;
}

export interface Claimed {
  readonly kind: 'claimed';
  readonly fence: bigint;
  /** Nobody has run the handler on this row before. */
  readonly isFirst: boolean;
}

/** Claims a row, or says what its record has to do instead. Throws where there is no telling: no row, or one at an unknown status. */
export async function claimRow(
  rows: ClaimRows,
  id: RowId,
  claimant: Claimant,
  parts: ClaimingParts,
): Promise<Claimed | AttemptResult> {
  const { statuses, entity } = parts;
  const isFirst = await rows.begin(id, claimant.owner);
  const row = await rows.read(id);
  if (!row) throw new MissingRowError(entity, id);
  switch (placeOf(row.status, statuses)) {
    case 'done':
      return { kind: 'duplicate' };
    case 'dead':
      return claimant.isReplay ? revive(rows, id, row, claimant) : deadRow(entity, id);
    case 'from':
      // Given back since the update looked.
      return busy(0);
    case 'elsewhere':
      throw new UnexpectedStatusError(entity, id, row.status);
    case 'to':
      if (!isFirst) return takeOver(rows, id, row, claimant, parts);
      claimant.recovered = false;
      return { kind: 'claimed', fence: row.fence, isFirst };
  }
}

/** Nobody knows how far the run came that was given up. */
async function revive(rows: ClaimRows, id: RowId, row: ClaimRow, claimant: Claimant): Promise<Claimed | AttemptResult> {
  claimant.recovered = true;
  if (!(await rows.revive(id, claimant.owner, row))) return busy(0);
  return { kind: 'claimed', fence: row.fence + 1n, isFirst: false };
}

async function takeOver(
  rows: ClaimRows,
  id: RowId,
  row: ClaimRow,
  claimant: Claimant,
  { entity, onUnknown }: ClaimingParts,
): Promise<Claimed | AttemptResult> {
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
