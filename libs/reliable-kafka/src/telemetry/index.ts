export { Health } from './health.js';
export type { ConsumerCondition, HandlerCondition, PartitionCondition } from './condition.js';
