export { ConsumerRuntime, type ConsumerRuntimeOptions } from './consumer-runtime.js';
export type { SeekTarget } from './seek.js';
