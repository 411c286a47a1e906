import type { EntityTarget, ObjectLiteral } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { GuardSetting, IdempotencyGuard, OpenGuard } from '../contracts/index.js';
import type { GuardKeySelector } from '../idempotency/index.js';
import { unknownOptions } from '../idempotency/index.js';
import { Patience } from './version-guard-patience.js';
import { RowColumns } from './row-columns.js';
import { rowIdReader } from './row-id.js';
import type { ColumnFrom, PropertyOf } from './row-selector.js';
import { selectorProblems, sourceOf } from './row-selector.js';
import { storeOf } from './row-store.js';
import { RowTable } from './row-table.js';
import { VersionedRows } from './version-guard-rows.js';
import { VersionRuns } from './version-guard-runs.js';
import type { VersionMode } from './version-guard-version.js';
import { versionReader } from './version-guard-version.js';

export interface VersionGuardOptions<E> {
  /**
   * Where a record says which row it is about: a payload path or a function, compared with the entity's primary column, of which there must be
   * exactly one; or `{ column, from }` for another column that is unique.
   */
  readonly id: GuardKeySelector | ColumnFrom<E>;
  /** The entity's property, found in the payload under the same name; or `{ column, from }`. Whole numbers, never null. */
  readonly version: PropertyOf<E> | ColumnFrom<E>;
  /**
   * `'latest'`: any version that is higher than the row's, for records that carry a state. `'next'`: exactly the one after it, for records that
   * carry a change; counted from 1.
   */
  readonly mode: VersionMode;
  /**
   * Where there is no row: `'insert'` inserts one with the id and the version, everything else by default, before the handler runs, which writes the
   * rest through `@Tx()` (in mode `'next'` only for version 1: a row that is not there is at 0). `'retry'` fails the attempt, for rows that others
   * insert. `'reject'` calls the record terminal.
   */
  readonly onMissing: 'insert' | 'retry' | 'reject';
  /** Mode `'next'`: milliseconds for which a record waits for the version before its own; then it is fatal. Default 60,000. */
  readonly prematureFor?: number;
  /** The name of the store, where there are several. */
  readonly store?: string;
}

const OPTIONS = ['id', 'version', 'mode', 'onMissing', 'prematureFor', 'store'];
const PREMATURE_FOR = 60_000;

/**
 * For records that carry a version of the row that they change. The version is moved by one conditional UPDATE in the transaction in which the
 * handler runs: both are committed, or neither. What the handler writes through `@Tx()` or `currentManager()` happens once per version, whoever
 * crashes when, for as long as the row is there; everything else it does (calls, mails, other databases) happens at least once.
 *
 * An equal version is a duplicate; a lower one is superseded under `'latest'` and a duplicate under `'next'`; both are outcomes without a run. Too high
 * a version under `'next'` waits, and counts no attempt while it does; when the one before it queues behind it in its own lane it could wait for
 * ever, and is fatal at once.
 */
export function versionGuard<E extends ObjectLiteral>(
  entity: EntityTarget<E>,
  options: VersionGuardOptions<E>,
): IdempotencyGuard {
  return {
    name: 'versionGuard',
    transactional: true,
    problems: () => problemsOf(options),
    open: async (setting) => open(setting, entity as EntityTarget<ObjectLiteral>, options),
  };
}

function problemsOf<E>({ ...options }: VersionGuardOptions<E>) {
  const { id, version, mode, onMissing, prematureFor = PREMATURE_FOR } = options;
  const problems = [
    ...unknownOptions(options, OPTIONS),
    ...selectorProblems('id', id),
    ...selectorProblems('version', version),
  ];
  if (mode !== 'latest' && mode !== 'next')
    problems.push({ what: `its mode is ${String(mode)}`, remedy: "Give 'latest' or 'next'." });
  if (!['insert', 'retry', 'reject'].includes(onMissing))
    problems.push({ what: `its onMissing is ${String(onMissing)}`, remedy: "Give 'insert', 'retry' or 'reject'." });
  if (!(Number.isFinite(prematureFor) && prematureFor >= 0))
    problems.push({ what: `its prematureFor is ${String(prematureFor)}`, remedy: 'Give a number of milliseconds.' });
  return problems;
}

function open<E>(
  setting: GuardSetting,
  entity: EntityTarget<ObjectLiteral>,
  options: VersionGuardOptions<E>,
): OpenGuard {
  const { mode, onMissing, prematureFor = PREMATURE_FOR } = options;
  const store = storeOf(setting, 'versionGuard', options.store);
  const { dataSource, dialect } = store;
  const columns = new RowColumns(dataSource, entity, `${setting.label} @Idempotent(versionGuard)`);
  const idFrom = sourceOf(options.id);
  const versionFrom = sourceOf(options.version);
  const id = columns.id(idFrom.column);
  const version = columns.counter('version', versionFrom.column ?? String(versionFrom.from));
  if (version?.isNullable)
    columns.problem(
      `its version names ${columns.entity}.${version.propertyName}, which may be null, and null comes before nothing`,
      'Make it not nullable, with a default (0).',
    );
  if (onMissing === 'insert') checkInsert(columns, [id, version]);
  columns.end();
  return new VersionRuns({
    store,
    rows: new VersionedRows({
      table: new RowTable({ dataSource, dialect, entity, id, counters: [version] }),
      dialect,
      entity: columns.entity,
      version: version.propertyName,
      mode,
      onMissing,
    }),
    entity: columns.entity,
    readId: rowIdReader(idFrom.from, columns.isInteger(id)),
    readVersion: versionReader(versionFrom.from, mode),
    patience: new Patience(prematureFor),
  });
}

function checkInsert(columns: RowColumns, filled: readonly ColumnMetadata[]): void {
  const unfilled = columns.unfilled(filled);
  if (unfilled.length === 0) return;
  columns.problem(
    `it inserts the row that is missing with id and version only, and ${columns.entity} needs more: ${unfilled.join(', ')}`,
    "Make these nullable, give them a default, or say `onMissing: 'retry'`.",
  );
}
