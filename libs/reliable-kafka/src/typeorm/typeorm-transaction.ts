import type { EntityManager } from 'typeorm';
import type { Claim, GuardKey, InboxTransaction, Verdict } from '../contracts/index.js';
import { claimId } from './claim-id.js';
import type { Dialect, InboxRow } from './dialect.js';
import { additionsFrom } from './outbox/transaction-buffers.js';
import type { TransactionSession } from './transaction-session.js';

/** Another transaction was in the way for as long as we would wait, or had to win: whoever comes next may come soon. */
const BUSY: Claim = { status: 'busy', retryInMs: 100 };
const CLAIMED: Claim = { status: 'claimed' };
const SAVEPOINT = 'reliable_kafka';

/** Work that took longer than this makes its claims expire noticeably earlier than they should: one second, or a hundredth of the retention. */
const noticeable = (retention: number) => Math.min(1000, retention / 100);

/** A row as it was found. */
interface Found {
  readonly id: Buffer;
  readonly expired: boolean;
  readonly fingerprint: Buffer | undefined;
  readonly reply: Buffer | undefined;
}

interface Claimed {
  readonly retention: number;
  /** By our own clock, which is good enough to tell how long something took. */
  readonly at: number;
}

/** The transaction of one handler, or of the handlers of one batch, and the claims in it. */
export class TypeormTransaction implements InboxTransaction {
  private readonly claims = new Map<string, Claimed>();
  /** There is a savepoint. */
  private marked = false;

  constructor(
    private readonly session: TransactionSession,
    private readonly dialect: Dialect,
    private readonly inbox: string,
    /** Runs a handler so that it finds the manager. */
    private readonly enter: <T>(manager: EntityManager, work: () => Promise<T>) => Promise<T>,
    /** What kept it from beginning: another one that would not end. */
    private readonly conflict: { readonly error: unknown } | undefined,
  ) {}

  /** The manager of this transaction. Throws the database's own conflict when there was no beginning it. */
  get manager(): EntityManager {
    if (this.conflict) throw this.conflict.error;
    return this.session.manager;
  }

  async claim(key: GuardKey, retention: number): Promise<Claim> {
    const [claim] = await this.claimAll([key], retention);
    return claim!;
  }

  async claimAll(keys: readonly GuardKey[], retention: number): Promise<readonly Claim[]> {
    if (this.conflict) return keys.map(() => BUSY);
    try {
      return await this.claimEach(keys, retention);
    } catch (error) {
      if (this.dialect.isConflict(error)) return keys.map(() => BUSY);
      throw error;
    }
  }

  async disclaim(keys: readonly GuardKey[]): Promise<void> {
    const ids = keys.map(claimId);
    await this.session.query(`DELETE FROM ${this.inbox} WHERE ${this.among(ids)}`, ids);
    for (const id of ids) this.claims.delete(id.toString('hex'));
  }

  async keepReply(key: GuardKey, reply: Buffer): Promise<void> {
    const { parameter } = this.dialect;
    await this.session.query(`UPDATE ${this.inbox} SET reply = ${parameter(1)} WHERE id = ${parameter(2)}`, [
      reply,
      claimId(key),
    ]);
  }

  /**
   * Our own, beside those of TypeORM's nested transactions: one that moves on, and is released by COMMIT. It is set with the first statement of the
   * work, and costs nothing where there is none.
   */
  async savepoint<T>(work: () => Promise<Verdict<T>>): Promise<T> {
    const { session, marked, dialect } = this;
    const takeBackAdditions = additionsFrom(session.manager.queryRunner!);
    const wasSet = session.precede(marked ? dialect.moveSavepoint(SAVEPOINT) : [`SAVEPOINT ${SAVEPOINT}`]);
    let commit = false;
    try {
      const verdict = await work();
      if (verdict.commit) session.mustGoOn();
      ({ commit } = verdict);
      return verdict.value;
    } finally {
      if (!commit) takeBackAdditions();
      if (wasSet()) {
        this.marked = true;
        if (!commit) await session.query(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`);
      }
    }
  }

  within<T>(work: () => Promise<T>): Promise<T> {
    return this.enter(this.manager, work);
  }

  /** Before the COMMIT: the retention of what took long counts from now. */
  async prolong(): Promise<void> {
    const late = new Map<number, Buffer[]>();
    for (const [id, { retention, at }] of this.claims)
      if (performance.now() - at > noticeable(retention))
        late.set(retention, [...(late.get(retention) ?? []), Buffer.from(id, 'hex')]);
    for (const [retention, ids] of late) {
      const { clockPlus } = this.dialect;
      await this.session.query(
        `UPDATE ${this.inbox} SET expires_at = ${clockPlus(retention)} WHERE ${this.among(ids)}`,
        ids,
      );
    }
  }

  private async claimEach(keys: readonly GuardKey[], retention: number): Promise<readonly Claim[]> {
    const rows = keys.map((key) => ({
      id: claimId(key),
      scope: key.scope.slice(0, 255),
      fingerprint: key.fingerprint,
    }));
    const claims = new Map<string, Claim>();
    // In one order everywhere, so that two transactions wait for each other in one direction only.
    let open = rows.toSorted((a, b) => a.id.compare(b.id));
    while (open.length > 0) {
      for (const id of await this.dialect.insertNew(this.session.query, this.inbox, open, retention))
        this.note(claims, id, retention);
      open = open.filter(({ id }) => !claims.has(id.toString('hex')));
      if (open.length === 0) break;
      // What is neither new nor there was swept in between, and is tried again.
      for (const found of await this.find(open.map(({ id }) => id))) {
        const { fingerprint, reply } = found;
        if (!found.expired) claims.set(found.id.toString('hex'), { status: 'done', fingerprint, reply });
        else if (
          await this.takeOver(
            open.find(({ id }) => id.equals(found.id))!,
            retention,
          )
        )
          this.note(claims, found.id, retention);
      }
      open = open.filter(({ id }) => !claims.has(id.toString('hex')));
    }
    return rows.map(({ id }) => claims.get(id.toString('hex'))!);
  }

  private note(claims: Map<string, Claim>, id: Buffer, retention: number): void {
    claims.set(id.toString('hex'), CLAIMED);
    this.claims.set(id.toString('hex'), { retention, at: performance.now() });
  }

  private async find(ids: readonly Buffer[]): Promise<Found[]> {
    const { records } = await this.session.query(
      `SELECT id, expires_at <= ${this.dialect.clock} AS expired, fingerprint, reply FROM ${this.inbox} WHERE ${this.among(ids)}`,
      ids,
    );
    return records.map(({ id, expired, fingerprint, reply }) => ({
      id,
      expired: Boolean(Number(expired)),
      fingerprint: fingerprint ?? undefined,
      reply: reply ?? undefined,
    }));
  }

  /** False: somebody else did, or it was swept. */
  private async takeOver(row: InboxRow, retention: number): Promise<boolean> {
    const { parameter, clock } = this.dialect;
    const { affected } = await this.session.query(
      `UPDATE ${this.inbox} SET scope = ${parameter(1)}, expires_at = ${this.dialect.clockPlus(retention)},
       fingerprint = ${parameter(2)}, reply = NULL WHERE id = ${parameter(3)} AND expires_at <= ${clock}`,
      [row.scope, row.fingerprint ?? null, row.id],
    );
    return affected === 1;
  }

  private among(ids: readonly Buffer[]): string {
    return `id IN (${ids.map((_, i) => this.dialect.parameter(i + 1)).join()})`;
  }
}
