import type { ConfigurationProblem } from '../../contracts/index.js';
import { isMs, unknownOptions } from '../../idempotency/index.js';

export interface TypeormParkingOptions {
  /** The DataSource, or the token of its provider. Default: TypeORM's class `DataSource`, by which `@nestjs/typeorm` provides the first one. */
  readonly dataSource?: unknown;
  /** Milliseconds between two looks at which keys are due; what this process parks itself it looks for in time. Default 1,000. */
  readonly lookEvery?: number;
  /** Milliseconds to wait for a connection. Default 10,000. */
  readonly acquireTimeout?: number;
  /** Milliseconds to wait for the lock of a partition. Default 5,000; MySQL and MariaDB count in whole seconds. */
  readonly lockTimeout?: number;
  /** Milliseconds after which the database ends the transaction of a process that stands still in it. Default 10,000. SQLite has no such limit. */
  readonly idleTimeout?: number;
  /** Whether tables that are missing are created at the start. Default true; see `reliableKafkaMigrations`. */
  readonly createTables?: boolean;
}

type Named = Required<Omit<TypeormParkingOptions, 'dataSource'>>;
export type SettledParkingOptions = Named & TypeormParkingOptions;

const DEFAULTS: Named = {
  lookEvery: 1_000,
  acquireTimeout: 10_000,
  lockTimeout: 5_000,
  idleTimeout: 10_000,
  createTables: true,
};
const OPTIONS = ['dataSource', ...Object.keys(DEFAULTS)];

/** How it is called in errors. */
export const PARKING = 'typeormParking()';

export function settled(options: TypeormParkingOptions): SettledParkingOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...DEFAULTS, ...Object.fromEntries(given) };
}

/** What the compiler did not see. */
export function optionProblems(options: SettledParkingOptions): ConfigurationProblem[] {
  const times = ['lookEvery', 'acquireTimeout', 'lockTimeout', 'idleTimeout'] as const;
  return [
    ...unknownOptions(options, OPTIONS),
    ...times
      .filter((name) => !isMs(options[name]) || options[name] >= 2 ** 31)
      .map((name) => ({
        what: `its ${name} is ${String(options[name])}`,
        remedy: 'Give a number of milliseconds of at least 1, and less than 25 days.',
      })),
  ].map((problem) => ({ where: PARKING, ...problem }));
}
