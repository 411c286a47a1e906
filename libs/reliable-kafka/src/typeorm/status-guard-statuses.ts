import { InvalidStatusError } from './row-errors.js';

export type Status = string | number;

/** The statuses of a row that a guard knows. */
export interface Statuses {
  readonly from: Status;
  readonly to: Status;
  readonly done: readonly Status[];
  readonly dead?: Status;
}

/** Where a row is on its way. */
export type Place = 'from' | 'to' | 'done' | 'dead' | 'elsewhere';

export function placeOf(status: unknown, { from, to, done, dead }: Statuses): Place {
  if (isOneOf(status, done)) return 'done';
  if (dead !== undefined && isOneOf(status, [dead])) return 'dead';
  if (isOneOf(status, [from])) return 'from';
  return isOneOf(status, [to]) ? 'to' : 'elsewhere';
}

/** What a handler returned, as the final status that it must be. Throws `InvalidStatusError`. */
export function finalStatus(returned: unknown, { done, dead }: Statuses): Status {
  const known = dead === undefined ? done : [...done, dead];
  const status = known.find((one) => isOneOf(returned, [one]));
  if (status !== undefined) return status;
  const what =
    returned === undefined ? 'no status' : typeof returned === 'object' ? 'an object' : `'${String(returned)}'`;
  throw new InvalidStatusError(
    `A handler behind @Idempotent(statusGuard) returned ${what} where it must return the final status of its row. ` +
      `Have it return one of ${known.map((one) => `'${one}'`).join(', ')}, or throw when there is none yet`,
  );
}

/** Drivers give some numbers as texts. */
export function isOneOf(status: unknown, some: readonly Status[]): boolean {
  return some.some((one) => String(one) === String(status));
}
