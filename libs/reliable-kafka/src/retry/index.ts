export { exponential, fixed, type ExponentialOptions } from './backoff.js';
export { classify } from './error-classes.js';
export { askInTime } from './probing.js';
export * from './dead-letters/index.js';
