export { exponential, fixed, type Backoff, type ExponentialOptions } from './backoff.js';
