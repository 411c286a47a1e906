import type { EntityManager } from 'typeorm';
import { Raw } from 'typeorm';
import type { RowClock } from './row-clock.js';
import type { RowId } from './row-id.js';
import type { Compared, RowTable, Written } from './row-table.js';
import type { Status, Statuses } from './status-guard-statuses.js';

/** The properties that hold a claim. */
export interface ClaimProperties {
  readonly owner: string;
  readonly fence: string;
  readonly until: string;
}

export interface ClaimRowsParts {
  /** Reads status, owner and fence, and as `left` the milliseconds that are left of the lease. */
  readonly table: RowTable;
  readonly status: string;
  readonly statuses: Statuses;
  readonly claim: ClaimProperties;
  /** SQL: the column of the fence. */
  readonly fence: string;
  readonly clock: RowClock;
  /** Milliseconds. */
  readonly lease: number;
}

export interface ClaimRow {
  readonly status: unknown;
  readonly owner: string | null;
  /** 0 where no claim was ever made. */
  readonly fence: bigint;
  /** Milliseconds until the lease lapses; 0 where it has, or where there is none. */
  readonly left: number;
}

/**
 * Rows that carry a claim. Each step is one conditional UPDATE that compares what it relies on, and each claim raises the fence: a step of an owner
 * whose claim was taken over finds no row.
 */
export class ClaimRows {
  constructor(
    private readonly parts: ClaimRowsParts,
    /** Of a transaction that is committed as soon as the steps in it are done. */
    private readonly manager: EntityManager,
  ) {}

  async read(id: RowId): Promise<ClaimRow | undefined> {
    const { table, status, claim } = this.parts;
    const row = await table.read(this.manager, id);
    if (!row) return undefined;
    const { [status]: at, [claim.owner]: owner, [claim.fence]: fence, left } = row;
    return { status: at, owner, fence: fence ?? 0n, left: Math.max(0, Number(left ?? 0)) };
  }

  /** The first claim on a row. */
  begin(id: RowId, owner: string): Promise<boolean> {
    const { from, to } = this.parts.statuses;
    return this.step(id, { [this.parts.status]: from }, { [this.parts.status]: to, ...this.held(owner) });
  }

  /** A further claim on a row whose last one was found lapsed, or is this owner's. */
  takeOver(id: RowId, owner: string, found: ClaimRow): Promise<boolean> {
    const { claim, clock } = this.parts;
    const isOwn = found.owner === owner;
    // A late owner may have renewed its lease since it was found lapsed.
    const lapsed = Raw((until) => `(${until} IS NULL OR ${until} <= ${clock.in(0)})`);
    return this.underway(
      id,
      found.fence,
      isOwn ? { [claim.owner]: owner } : { [claim.until]: lapsed },
      this.held(owner),
    );
  }

  /** Whatever the row's status is by now: as long as the fence stands, nobody has taken it over. */
  renew(id: RowId, fence: bigint): Promise<boolean> {
    const { claim, clock, lease } = this.parts;
    return this.step(id, { [claim.fence]: fence }, { [claim.until]: () => clock.in(lease) });
  }

  /** Ends a claim before its time, so that the next one need not wait. */
  lapse(id: RowId, fence: bigint): Promise<boolean> {
    return this.underway(id, fence, {}, this.lapsed());
  }

  /** Ends a claim under which nothing was done, as if it had not been made. */
  giveBack(id: RowId, fence: bigint): Promise<boolean> {
    return this.underway(id, fence, {}, { [this.parts.status]: this.parts.statuses.from, ...this.lapsed() });
  }

  /** Out of a row that nobody has begun. */
  giveUp(id: RowId, dead: Status): Promise<boolean> {
    const { status, statuses } = this.parts;
    return this.step(id, { [status]: statuses.from }, { [status]: dead });
  }

  /** A dead letter that was replayed: the row is underway again. */
  revive(id: RowId, owner: string, { fence }: ClaimRow): Promise<boolean> {
    const { status, statuses, claim } = this.parts;
    const where = { [status]: statuses.dead!, [claim.fence]: standing(fence) };
    return this.step(id, where, { [status]: statuses.to, ...this.held(owner) });
  }

  finish(id: RowId, fence: bigint, status: Status): Promise<boolean> {
    return this.underway(id, fence, {}, { [this.parts.status]: status });
  }

  private held(owner: string): Written {
    const { claim, fence, clock, lease } = this.parts;
    return {
      [claim.owner]: owner,
      [claim.fence]: () => `COALESCE(${fence}, 0) + 1`,
      [claim.until]: () => clock.in(lease),
    };
  }

  private lapsed(): Written {
    return { [this.parts.claim.until]: () => this.parts.clock.in(0) };
  }

  private underway(id: RowId, fence: bigint, where: Compared, set: Written): Promise<boolean> {
    const { status, statuses, claim } = this.parts;
    return this.step(id, { [status]: statuses.to, [claim.fence]: standing(fence), ...where }, set);
  }

  private step(id: RowId, where: Compared, set: Written): Promise<boolean> {
    return this.parts.table.update(this.manager, id, where, set);
  }
}

/** Rows on which no claim was ever made may have none. */
function standing(fence: bigint): Compared[string] {
  return fence === 0n ? Raw((column) => `COALESCE(${column}, 0) = 0`) : fence;
}
