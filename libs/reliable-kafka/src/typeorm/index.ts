export { typeormIdempotency } from './typeorm-idempotency.js';
export type { TypeormIdempotencyOptions } from './options.js';
export { TypeormStore } from './typeorm-store.js';
export { TypeormTransaction } from './typeorm-transaction.js';
export { currentManager, Tx } from './current-transaction.js';
export { reliableKafkaMigrations } from './migrations.js';
export { NoConnectionError, OutsideTransactionError, TransactionBrokenError } from './errors.js';
export { uniqueKey } from '../idempotency/index.js';
export type { UniqueKeyOptions } from '../idempotency/index.js';
