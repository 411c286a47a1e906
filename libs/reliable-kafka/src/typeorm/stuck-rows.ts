import type { DataSource, EntityTarget, FindOptionsOrder, FindOptionsWhere, ObjectLiteral } from 'typeorm';
import { In, IsNull, LessThanOrEqual, Raw } from 'typeorm';
import { ReliableKafkaError } from '../contracts/index.js';
import { dialectOf } from './dialects.js';
import { rowClock } from './row-clock.js';
import type { PropertyOf } from './row-selector.js';
import type { ClaimOption } from './status-guard-options.js';
import type { Status } from './status-guard-statuses.js';

export interface StuckRowsOptions<E> {
  /** The statuses at which no row should stay: `to` of the guard, and `from` where `since` is given. */
  readonly at: readonly Status[];
  /** The entity's property that holds the status. Default `'status'`. */
  readonly status?: PropertyOf<E>;
  /** As the guard has it. */
  readonly claim: ClaimOption<E>;
  /** Milliseconds: longer than a record may reasonably wait, retries and backlog included. */
  readonly olderThan: number;
  /** The entity's property that says when a row was made, for rows that have no lease. Without it all of these are listed. */
  readonly since?: PropertyOf<E>;
  /** Default 100. */
  readonly limit?: number;
}

/**
 * Rows that no record may be coming for: those whose lease lapsed so long ago that a record would have taken them over, and those that were made so
 * long ago without ever being claimed. A report, which changes nothing: what is right for such a row only the application knows. Those whose
 * lease lapsed first come first.
 */
export async function stuckRows<E extends ObjectLiteral>(
  dataSource: DataSource,
  entity: EntityTarget<E>,
  { at, status = 'status' as PropertyOf<E>, claim, olderThan, since, limit = 100 }: StuckRowsOptions<E>,
): Promise<E[]> {
  const until = dataSource.getMetadata(entity).findColumnWithPropertyName(claim.until);
  const dialect = dialectOf(dataSource);
  const clock = until && dialect && rowClock(dialect.name, dataSource.driver.normalizeType(until), until.precision);
  if (!clock) throw new ReliableKafkaError(`stuckRows: statusGuard has no lease in '${claim.until}' of this entity`);
  const lapsed = { [status]: In(at), [claim.until]: Raw((column) => `${column} <= ${clock.in(-olderThan)}`) };
  const neverClaimed = {
    [status]: In(at),
    [claim.until]: IsNull(),
    ...(since && { [since]: LessThanOrEqual(new Date(Date.now() - olderThan)) }),
  };
  return dataSource.getRepository(entity).find({
    where: [lapsed, neverClaimed] as FindOptionsWhere<E>[],
    order: { [claim.until]: 'ASC' } as FindOptionsOrder<E>,
    take: limit,
  });
}
