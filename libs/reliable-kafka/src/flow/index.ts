export { Places } from './capacity.js';
export { PauseReasons } from './pause-reasons.js';
export { BufferBudget, type BufferBounds, type BufferShare } from './buffer-budget.js';
export { TokenBucket } from './token-bucket.js';
export { RateLimit } from './rate-limit.js';
