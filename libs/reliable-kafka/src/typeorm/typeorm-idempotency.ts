import type { TypeormIdempotencyOptions } from './options.js';
import { settled } from './options.js';
import { TypeormStore } from './typeorm-store.js';

/**
 * The inbox for `uniqueKey()`, `statusGuard()` and `versionGuard()`: a table in the database of a TypeORM DataSource (PostgreSQL, MySQL, MariaDB, or
 * SQLite with better-sqlite3), for `idempotency` in the options of the module. Handlers behind these guards run in a transaction on that database,
 * READ COMMITTED, as many at once as its pool has connections, less `reserve`; SQLite has one. What they write through `@Tx()` or
 * `currentManager()` is committed with the claim, or not at all; using the DataSource beside it throws `OutsideTransactionError`. Other clients
 * (another DataSource, a driver of its own) are not seen, and what they write stays.
 */
export function typeormIdempotency(options: TypeormIdempotencyOptions = {}): TypeormStore {
  return new TypeormStore(settled(options));
}
