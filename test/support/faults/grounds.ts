import type { DatabaseName } from './ground.js';

/** The guards with a database behind them. */
export const SQL_GUARDS = [
  'uniqueKey',
  'uniqueKey-batch',
  'uniqueKey-cache',
  'versionGuard-next',
  'versionGuard-latest',
  'statusGuard',
  'statusGuard-claim',
];

/** Those of them whose effects are in the transaction of the claim. */
export const TRANSACTION_GUARDS = SQL_GUARDS.filter((guard) => guard !== 'statusGuard-claim');

export type GroundRow = readonly [ground: string, database: DatabaseName | undefined, guards: readonly string[]];

/** What scenarios are run on, as titles name it. SQLite stands alone, beside the real services. */
export const POSTGRES: GroundRow = ['postgres', 'postgres', SQL_GUARDS];
export const MARIADB: GroundRow = ['mariadb', 'mariadb', SQL_GUARDS];
export const SQLITE: GroundRow = ['sqlite', 'sqlite', SQL_GUARDS.filter((guard) => guard !== 'uniqueKey-cache')];
export const REDIS: GroundRow = ['redis', undefined, ['setNx']];
