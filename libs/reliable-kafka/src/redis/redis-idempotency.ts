import type { LeaseStore } from '../contracts/index.js';
import type { RedisIdempotencyOptions } from './options.js';
import { RedisStore } from './redis-store.js';

/**
 * Claims in Redis, for `setNx()` and for `uniqueKey({ cache })`: `idempotency: [redisIdempotency({ url })]`. All times are by the clock of Redis.
 *
 * One server, one behind Sentinel, or a cluster (`client: new Cluster(…)`). It must not evict: another `maxmemory-policy` than `noeviction` is a start-up
 * error, as is a replica. While Redis is down, hangs or refuses, every claim fails within `commandTimeout`: nothing runs, nothing is acknowledged.
 *
 * Redis replicates after it has answered: a fail-over, and a restart without `appendfsync always`, can forget claims and completed keys, and what they
 * belong to runs again.
 */
export function redisIdempotency(options: RedisIdempotencyOptions): LeaseStore {
  return new RedisStore(options);
}
