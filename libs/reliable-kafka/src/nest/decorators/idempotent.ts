import type { IdempotencyGuard } from '../../contracts/index.js';
import { policyDecorator } from './policies.js';

/**
 * Puts a deduplication guard before a handler, or before all handlers of a controller: `uniqueKey()`, `statusGuard()` and `versionGuard()` of
 * `nestjs-reliable-kafka/typeorm`, `setNx()` of `nestjs-reliable-kafka/redis`, or one of your own. What each guarantees under a crash is its
 * own; a guard whose store does not answer lets nothing run.
 */
export function Idempotent(guard: IdempotencyGuard): ClassDecorator & MethodDecorator {
  return policyDecorator('guard', guard);
}
