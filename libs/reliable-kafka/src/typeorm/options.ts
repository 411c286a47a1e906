import type { ConfigurationProblem } from '../contracts/index.js';
import { isMs, unknownOptions } from '../idempotency/index.js';

export interface TypeormIdempotencyOptions {
  /** The DataSource, or the token of its provider. Default: TypeORM's class `DataSource`, by which `@nestjs/typeorm` provides the first one. */
  readonly dataSource?: unknown;
  /** For `store` of a guard, where there are several. */
  readonly name?: string;
  /** Connections of the pool that claims leave free, for everything else. Default a fifth of the pool, and one at least. */
  readonly reserve?: number;
  /** Milliseconds to wait for a connection of the pool. Default 10,000. */
  readonly acquireTimeout?: number;
  /**
   * Milliseconds to wait for a lock that another transaction holds, also in the statements of the handler. A claim that waits longer is tried again
   * later. Default 5,000; MySQL and MariaDB count in whole seconds.
   */
  readonly lockTimeout?: number;
  /**
   * Milliseconds without a statement after which the database ends the transaction of a handler, so that a process that stands still does not hold
   * its claims for ever. Longer than whatever a handler does between two statements. Default 60,000. SQLite has no such limit.
   */
  readonly idleTimeout?: number;
  /** Milliseconds between two deletions of what has expired. Default 60,000. */
  readonly sweepEvery?: number;
  /** Whether tables that are missing are created at the start. Default true; see `reliableKafkaMigrations`. */
  readonly createTables?: boolean;
  /**
   * The token of the TransactionHost of `@nestjs-cls/transactional` that serves this DataSource. Default: that of its default connection, if the
   * application has it and it serves this DataSource.
   */
  readonly transactionHost?: unknown;
}

type Named = Required<Omit<TypeormIdempotencyOptions, 'dataSource' | 'name' | 'reserve' | 'transactionHost'>>;
export type SettledOptions = Named & TypeormIdempotencyOptions;

const DEFAULTS: Named = {
  acquireTimeout: 10_000,
  lockTimeout: 5_000,
  idleTimeout: 60_000,
  sweepEvery: 60_000,
  createTables: true,
};
const OPTIONS = ['dataSource', 'name', 'reserve', 'transactionHost', ...Object.keys(DEFAULTS)];

export function settled(options: TypeormIdempotencyOptions): SettledOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...DEFAULTS, ...Object.fromEntries(given) };
}

export function storeLabel({ name }: TypeormIdempotencyOptions): string {
  return name === undefined ? 'typeormIdempotency()' : `typeormIdempotency({ name: '${name}' })`;
}

/** What the compiler did not see. */
export function optionProblems(options: SettledOptions): ConfigurationProblem[] {
  const where = storeLabel(options);
  const times = ['acquireTimeout', 'lockTimeout', 'idleTimeout', 'sweepEvery'] as const;
  return [
    ...unknownOptions(options, OPTIONS).map((wrong) => ({ where, ...wrong })),
    ...times
      .filter((name) => !isMs(options[name]) || options[name] >= 2 ** 31)
      .map((name) => ({
        where,
        what: `its ${name} is ${String(options[name])}`,
        remedy: 'Give a number of milliseconds of at least 1, and less than 25 days.',
      })),
  ];
}

/** How many transactions may be under way at once, or why there can be none. */
export function placesIn(options: SettledOptions, pool: number): { places: number; problems: ConfigurationProblem[] } {
  const where = storeLabel(options);
  if (!(pool >= 2))
    return {
      places: 0,
      problems: [
        {
          where,
          what: `the pool of its DataSource has ${pool} connection`,
          remedy: 'Give it two at least (`poolSize`): a claim holds one for as long as its handler runs.',
        },
      ],
    };
  const reserve = options.reserve ?? Math.max(1, Math.floor(pool / 5));
  if (!(Number.isInteger(reserve) && reserve >= 0 && reserve < pool))
    return {
      places: 0,
      problems: [
        {
          where,
          what: `its reserve is ${String(reserve)}, of a pool of ${pool}`,
          remedy: 'Give a whole number that leaves one connection for claims at least.',
        },
      ],
    };
  return { places: pool - reserve, problems: [] };
}
