export { exponential, fixed, type ExponentialOptions } from './backoff.js';
export { classify } from './error-classes.js';
export { askInTime } from './probing.js';
export {
  afterFailure,
  ParkedKeys,
  parkedKeyText,
  parkPolicyOf,
  parseHeaders,
  parseParkedKey,
  storedHeaders,
} from './parking/index.js';
export * from './dead-letters/index.js';
