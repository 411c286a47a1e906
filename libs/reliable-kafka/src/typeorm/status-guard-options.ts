import type { ConfigurationProblem } from '../contracts/index.js';
import type { GuardKeySelector } from '../idempotency/index.js';
import { unknownOptions } from '../idempotency/index.js';
import type { ColumnFrom, PropertyOf } from './row-selector.js';
import { selectorProblems } from './row-selector.js';
import type { Status } from './status-guard-statuses.js';
import { isOneOf } from './status-guard-statuses.js';

export interface StatusGuardOptions<E> {
  /**
   * Where a record says which row it is about: a payload path or a function, compared with the entity's primary column, of which there must be
   * exactly one; or `{ column, from }` for another column that is unique.
   */
  readonly id: GuardKeySelector | ColumnFrom<E>;
  /** The entity's property that holds the status. Default `'status'`. */
  readonly status?: PropertyOf<E>;
  /** The status of a row that was not begun. */
  readonly from: Status;
  /** The status of a row while its record is handled. */
  readonly to: Status;
  /** Every status at which a row needs no run any more: a record that finds it there is a duplicate. */
  readonly done: readonly Status[];
  /** The status of a row that was given up. A record that finds it there is rejected, not skipped. */
  readonly dead?: Status;
  /** For handlers with effects outside the database: the properties that hold owner (text), fence (whole number) and end of the lease. */
  readonly claim?: ClaimOption<E>;
  /**
   * With `claim`: what becomes of a record whose claim lapsed under another owner, so that nobody knows whether its call went out. `'retry'` runs the
   * handler again, with `ctx.recovered`: at least once, and right when the receiver de-duplicates by an idempotency key. `'stop'` rejects the record.
   */
  readonly onUnknown?: 'retry' | 'stop';
  /** With `claim`: milliseconds until the claim of a process that is gone lapses. Longer than the timeout of the call. Default 60,000. */
  readonly lease?: number;
  /** The name of the store, where there are several. */
  readonly store?: string;
}

export interface ClaimOption<E> {
  readonly owner: PropertyOf<E>;
  readonly fence: PropertyOf<E>;
  readonly until: PropertyOf<E>;
}

const OPTIONS = ['id', 'status', 'from', 'to', 'done', 'dead', 'claim', 'onUnknown', 'lease', 'store'];
export const LEASE = 60_000;

type Wrong = Omit<ConfigurationProblem, 'where'>;

/** What is wrong with them by themselves: what the compiler did not see, and statuses that contradict each other. */
export function statusGuardProblems<E>({ ...options }: StatusGuardOptions<E>): Wrong[] {
  return [
    ...unknownOptions(options, OPTIONS),
    ...selectorProblems('id', options.id),
    ...statusProblems(options),
    ...(options.claim === undefined ? withoutClaim(options) : claimProblems(options)),
  ];
}

function statusProblems({ from, to, done, dead, claim }: StatusGuardOptions<any>): Wrong[] {
  const problems: Wrong[] = [];
  const wrong = (isWrong: boolean, what: string, remedy: string) => isWrong && problems.push({ what, remedy });
  const list = Array.isArray(done) ? done : [];
  for (const [name, status] of Object.entries({ from, to, ...(dead !== undefined && { dead }) }))
    wrong(!isStatus(status), `its ${name} is ${String(status)}`, 'Give a text or a number.');
  wrong(
    list.length === 0 || !list.every(isStatus),
    `its done is ${JSON.stringify(done)}`,
    'Give a list of texts or numbers.',
  );
  wrong(
    isOneOf(from, [to]),
    `its from and its to are both '${from}'`,
    'Give two statuses: a row that is begun must show it.',
  );
  wrong(isOneOf(from, list), `its from ('${from}') is in done`, 'Take it out: no row would ever be begun.');
  wrong(
    claim !== undefined && isOneOf(to, list),
    `its to ('${to}') is in done`,
    'Take it out: a row whose call failed, or whose process died, would be skipped as a duplicate.',
  );
  if (dead === undefined) return problems;
  wrong(isOneOf(dead, list), `its dead ('${dead}') is in done`, 'Take it out: what was given up was not done.');
  wrong(isOneOf(dead, [from, to]), `its dead ('${dead}') is from or to`, 'Give a status of its own.');
  return problems;
}

function claimProblems({ claim, onUnknown, lease = LEASE }: StatusGuardOptions<any>): Wrong[] {
  const problems: Wrong[] = [];
  const names = ['owner', 'fence', 'until'];
  const given = Object.entries(typeof claim === 'object' && claim !== null ? claim : {});
  const isComplete = names.every((name) => given.some(([key, value]) => key === name && typeof value === 'string'));
  if (!isComplete || given.length !== names.length)
    problems.push({
      what: `its claim is ${JSON.stringify(claim)}`,
      remedy: "Name three properties of the entity: { owner: 'claimOwner', fence: 'claimFence', until: 'claimUntil' }.",
    });
  if (onUnknown !== 'retry' && onUnknown !== 'stop')
    problems.push({ what: `its onUnknown is ${String(onUnknown)}`, remedy: "Give 'retry' or 'stop'." });
  if (!(Number.isFinite(lease) && lease >= 100))
    problems.push({ what: `its lease is ${String(lease)}`, remedy: 'Give a number of milliseconds of at least 100.' });
  return problems;
}

/** Nothing can be unknown where nothing is outside of the transaction: there `onUnknown` says nothing, and does no harm. */
function withoutClaim({ lease }: StatusGuardOptions<any>): Wrong[] {
  if (lease === undefined) return [];
  return [{ what: 'it has lease, but no claim', remedy: 'Give `claim`, or leave out `lease`.' }];
}

function isStatus(status: unknown): boolean {
  return typeof status === 'string' || Number.isFinite(status);
}
