export { OutboxModule } from './outbox.module.js';
export { Outbox } from './outbox.js';
export type { OutboxBacklog } from './outbox.js';
export type { OutboxOptions } from './options.js';
export type { DeadOutboxRecord } from './dead-record.js';
