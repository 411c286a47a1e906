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

export type GroundRow = readonly [database: DatabaseName, guards: readonly string[]];

/** What scenarios are run on. Redis is tried beside PostgreSQL, in the same processes; SQLite stands alone. */
export const POSTGRES: GroundRow = ['postgres', [...SQL_GUARDS, 'setNx']];
export const MARIADB: GroundRow = ['mariadb', SQL_GUARDS];
export const SQLITE: GroundRow = ['sqlite', SQL_GUARDS.filter((guard) => guard !== 'uniqueKey-cache')];

/** For titles: each guard, and where it remembers. */
export function places(guards: readonly string[], database: DatabaseName): [guard: string, place: string][] {
  return guards.map((guard) => [guard, guard === 'setNx' ? 'redis' : database]);
}
