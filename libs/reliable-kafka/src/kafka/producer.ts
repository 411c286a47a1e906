export { createProducerCore } from './producer-core.js';
export type { ProducerCoreOptions } from './producer-core.js';
