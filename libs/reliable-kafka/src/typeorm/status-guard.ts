import type { EntityTarget, ObjectLiteral } from 'typeorm';
import type { GuardSetting, IdempotencyGuard, OpenGuard } from '../contracts/index.js';
import { rowClock } from './row-clock.js';
import type { RowClock } from './row-clock.js';
import { RowColumns } from './row-columns.js';
import { rowIdReader } from './row-id.js';
import { sourceOf } from './row-selector.js';
import { storeOf } from './row-store.js';
import { RowTable } from './row-table.js';
import { ClaimedRuns } from './status-guard-claimed-runs.js';
import type { ClaimOption, StatusGuardOptions } from './status-guard-options.js';
import { LEASE, statusGuardProblems } from './status-guard-options.js';
import { TransactionRuns } from './status-guard-transaction-runs.js';
import type { TypeormStore } from './typeorm-store.js';

/**
 * For records that move a row from one status to another. A record is handled when it finds its row at `from`; `done` is a duplicate. A row that is not
 * there, or at a status that the guard does not know, fails the attempt and is never an outcome.
 *
 * Without `claim` the row is moved in the transaction in which the handler runs: both are committed, or neither. For effects in the database only, and
 * these happen once; everything else the handler does (calls, mails, other databases) happens at least once. The handler may return a status
 * of `done`, which is written; where it returns nothing, `to` must be in `done`, or the handler has written such a status itself.
 *
 * With `claim` the handler runs outside of any transaction, for calls to others. One UPDATE moves the row to `to` and gives it an owner, a fence that is
 * higher than the last (`ctx.fencingToken`) and a lease by the database's clock; it is committed before the handler runs, and renewed while it does.
 * The handler returns the final status, and a second UPDATE writes it, if the fence still stands. While the lease lasts nobody else runs the
 * handler; a record that comes meanwhile waits. Effects outside happen **at least once**: a process that dies, or stands still for longer than the
 * lease, between the call and the final status leaves it open whether the call went out, and the next owner runs the handler again (`onUnknown:
 * 'retry'`). Have the receiver de-duplicate by an idempotency key, or compare the fencing token; asking it before the call is not enough, since the
 * late owner's request may land after the answer. **The timeout of the call must be shorter than the lease.**
 *
 * - `ctx.recovered` is true from the moment when a claim was taken over that another owner had not ended, and stays so for all attempts of this process
 *   on the record: a process of before counts as another owner. It is false after a failed attempt of its own: the handler saw that error
 *   itself. A call that ended in a timeout is as unknown as one of a process that died: with `onUnknown: 'stop'` throw a `FatalError` then.
 * - An attempt that fails ends its own lease, and its next attempt claims again at once, with a higher fence.
 * - A final status that could not be written, because the database was away, is written by the next attempt, which does not run the handler again as
 *   long as the fence stands. A row that somebody else (a receipt) has moved into `done` under our fence is handled, too.
 * - A handler that returns no status, or one that is neither in `done` nor `dead`, is a fatal error.
 *
 * Where a record is dead-lettered, its row goes to `dead` first, unless another owner has it by now. A record that finds it there is called terminal each
 * time it comes (`rejected`), so that its dead letter is published again if that was lost; only a replay of the dead letter runs again.
 */
export function statusGuard<E extends ObjectLiteral>(
  entity: EntityTarget<E>,
  options: StatusGuardOptions<E>,
): IdempotencyGuard {
  return {
    name: 'statusGuard',
    transactional: options.claim === undefined,
    problems: () => statusGuardProblems(options),
    open: async (setting) => new Opening(setting, entity as EntityTarget<ObjectLiteral>, options).open(),
  };
}

/** Sets a guard to work: finds its columns, and refuses what they cannot hold. */
class Opening {
  private readonly store: TypeormStore;
  private readonly columns: RowColumns;

  constructor(
    private readonly setting: GuardSetting,
    private readonly entity: EntityTarget<ObjectLiteral>,
    private readonly options: StatusGuardOptions<any>,
  ) {
    this.store = storeOf(setting, 'statusGuard', options.store);
    this.columns = new RowColumns(this.store.dataSource, entity, `${setting.label} @Idempotent(statusGuard)`);
  }

  open(): OpenGuard {
    const { options, columns, entity, store } = this;
    const { dataSource, dialect } = store;
    const { column, from } = sourceOf(options.id);
    const id = columns.id(column);
    const status = columns.written('status', options.status ?? 'status');
    const claim = options.claim && this.claimColumns(options.claim);
    columns.end();
    const table = { dataSource, dialect, entity, id };
    const common = { statuses: options, entity: columns.entity, readId: rowIdReader(from, columns.isInteger(id)) };
    if (!claim) {
      const rows = new RowTable({ ...table, columns: [status] });
      return new TransactionRuns({ ...common, store, table: rows, status: status.propertyName });
    }
    const { owner, fence, until, clock } = claim;
    return new ClaimedRuns({
      ...common,
      store,
      table: new RowTable({
        ...table,
        columns: [status, owner],
        counters: [fence],
        sql: { left: clock.until(`r.${until.propertyName}`) },
      }),
      status: status.propertyName,
      claim: options.claim!,
      fence: dialect.quote(fence.databaseName),
      clock,
      lease: options.lease ?? LEASE,
      onUnknown: options.onUnknown!,
      log: this.setting.log,
    });
  }

  private claimColumns({ owner, fence, until }: ClaimOption<any>) {
    const { columns, store } = this;
    const end = columns.written('claim.until', until);
    const clock = end && rowClock(store.dialect.name, columns.typeOf(end), end.precision);
    if (end && !clock)
      columns.problem(
        `its claim.until names ${columns.entity}.${until}, which cannot hold a time to the millisecond (${columns.typeOf(end)})`,
        "Make it a 'bigint' (milliseconds since 1970), 'timestamptz' in PostgreSQL, or 'datetime' with `precision: 3` in MySQL.",
      );
    return {
      owner: columns.written('claim.owner', owner),
      fence: columns.counter('claim.fence', fence),
      until: end,
      clock: clock as RowClock,
    };
  }
}
