import type { AttemptResult } from '../contracts/index.js';
import { FatalError, ReliableKafkaError } from '../contracts/index.js';
import type { RowId } from './row-id.js';

/** The row that a record is about is not there: not yet, or never. Retriable, and never an outcome. */
export class MissingRowError extends ReliableKafkaError {
  override readonly name = 'MissingRowError';
  constructor(entity: string, id: RowId) {
    super(`There is no ${entity} '${id}': its row must be committed before the record is published`);
  }
}

/** A row is at a status from which the guard knows no way on. Retriable, since others move it; never an outcome. */
export class UnexpectedStatusError extends ReliableKafkaError {
  override readonly name = 'UnexpectedStatusError';
  constructor(entity: string, id: RowId, status: unknown) {
    super(
      `${entity} '${id}' is at status ${String(status)}, which is none of the guard's. ` +
        'List it in `done` if such a row needs no run any more; else the record waits until the row is at `from`',
    );
  }
}

/** A handler behind `statusGuard` returned no final status. Another attempt would not do so either. */
export class InvalidStatusError extends FatalError {
  override readonly name = 'InvalidStatusError';
}

/** A record came too early, and the one before it did not come in time. */
export class PrematureError extends FatalError {
  override readonly name = 'PrematureError';
}

/** A row that was given up makes its record terminal each time that it comes, so that its dead letter is published again if that was lost. */
export function deadRow(entity: string, id: RowId): AttemptResult {
  return { kind: 'rejected', reason: `${entity} '${id}' is at its dead status` };
}
