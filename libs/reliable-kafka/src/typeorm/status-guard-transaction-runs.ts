import type { AttemptResult, ConsumedRecord, GuardedCall, OpenGuard, Verdict } from '../contracts/index.js';
import { isReplay } from '../contracts/index.js';
import { busy } from '../idempotency/index.js';
import { deadRow, InvalidStatusError, MissingRowError, UnexpectedStatusError } from './row-errors.js';
import type { ReadRowId, RowId } from './row-id.js';
import type { RowTable } from './row-table.js';
import type { Status, Statuses } from './status-guard-statuses.js';
import { finalStatus, isOneOf, placeOf } from './status-guard-statuses.js';
import type { TypeormStore } from './typeorm-store.js';
import type { TypeormTransaction } from './typeorm-transaction.js';

export interface TransactionRunsParts {
  readonly store: TypeormStore;
  readonly table: RowTable;
  /** The property that holds the status. */
  readonly status: string;
  readonly statuses: Statuses;
  /** As errors name it. */
  readonly entity: string;
  readonly readId: ReadRowId;
}

/** Each record in the transaction that moves its row. */
export class TransactionRuns implements OpenGuard {
  constructor(private readonly parts: TransactionRunsParts) {}

  get capacity() {
    return this.parts.store.capacity;
  }

  async run(call: GuardedCall): Promise<AttemptResult> {
    const { store, readId } = this.parts;
    const { record, payload } = call.attempt;
    const id = readId(payload, record);
    return store.transaction((transaction) => this.runIn(transaction, id, call));
  }

  /** What its attempts have done to the row was rolled back. */
  async dying(record: ConsumedRecord, payload: unknown): Promise<void> {
    const { store, statuses, readId } = this.parts;
    const { from, dead } = statuses;
    if (dead === undefined) return;
    const id = readId(payload, record);
    await store.transaction(async (transaction) => {
      return { commit: true, value: await this.move(transaction, id, from, dead) };
    });
  }

  private async runIn(transaction: TypeormTransaction, id: RowId, call: GuardedCall): Promise<Verdict<AttemptResult>> {
    const refused = await this.begin(transaction, id, isReplay(call.attempt.record)).catch((error: unknown) =>
      this.inTheWay(error),
    );
    if (refused) return { commit: false, value: refused };
    const { result, value } = await transaction.within(() => call.execute({}));
    if (result.kind !== 'handled') return { commit: false, value: result };
    return { commit: true, value: (await this.finish(transaction, id, value)) ?? result };
  }

  /** Moves the row from `from` to `to`, or answers why not. Where that finds no row, the row is locked and looked at. */
  private async begin(
    transaction: TypeormTransaction,
    id: RowId,
    isReplay: boolean,
  ): Promise<AttemptResult | undefined> {
    const { table, status, statuses, entity } = this.parts;
    const { from, to, dead } = statuses;
    if (await this.move(transaction, id, from, to)) return undefined;
    const row = await table.readLocked(transaction.manager, id);
    if (!row) throw new MissingRowError(entity, id);
    switch (placeOf(row[status], statuses)) {
      case 'done':
        return { kind: 'duplicate' };
      case 'dead':
        if (!isReplay) return deadRow(entity, id);
        await this.move(transaction, id, dead!, to);
        return undefined;
      case 'from':
        // It came there since the update looked. Now nobody else moves it.
        await this.move(transaction, id, from, to);
        return undefined;
      default:
        throw new UnexpectedStatusError(entity, id, row[status]);
    }
  }

  /** Writes what the handler returned. Without that, `to` must be a final status itself, or the handler must have written one. */
  private async finish(transaction: TypeormTransaction, id: RowId, value: unknown): Promise<AttemptResult | undefined> {
    const { statuses, entity } = this.parts;
    const { to, done } = statuses;
    if (value === undefined && (isOneOf(to, done) || isOneOf(await this.statusOf(transaction, id), done)))
      return undefined;
    const status = finalStatus(value, statuses);
    if (status !== to && !(await this.move(transaction, id, to, status))) {
      const found = await this.statusOf(transaction, id);
      if (!isOneOf(found, [status]))
        throw new InvalidStatusError(
          `The handler moved ${entity} '${id}' from '${to}' to '${String(found)}' itself, and returned '${status}'. Return its status, and leave it to statusGuard`,
        );
    }
    return placeOf(status, statuses) === 'dead' ? deadRow(entity, id) : undefined;
  }

  private async statusOf({ manager }: TypeormTransaction, id: RowId): Promise<unknown> {
    return (await this.parts.table.readLocked(manager, id))?.[this.parts.status];
  }

  private move({ manager }: TypeormTransaction, id: RowId, from: Status, to: Status): Promise<boolean> {
    const { table, status } = this.parts;
    return table.update(manager, id, { [status]: from }, { [status]: to });
  }

  private inTheWay(error: unknown): AttemptResult {
    if (this.parts.store.dialect.isConflict(error)) return busy(0);
    throw error;
  }
}
