/** Guards that remember in Redis. ioredis 5 or 6 is the application's own dependency. */
export { setNx, type SetNxOptions } from '../idempotency/index.js';
export { redisIdempotency } from './redis-idempotency.js';
export { redisProbe } from './redis-probe.js';
export type { RedisIdempotencyOptions, RedisSource } from './options.js';
export type { RedisClient } from './redis-client.js';
export { RedisUnavailableError } from './errors.js';
