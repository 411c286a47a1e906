export { exponential, fixed, type ExponentialOptions } from './backoff.js';
