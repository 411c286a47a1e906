import type { RetryPolicy } from '../../contracts/index.js';
import { policyDecorator } from './policies.js';

/**
 * How failing records of a handler, or of all handlers of a controller, are tried again: in their lane, so that the later records of the key wait and
 * the other keys do not. What is not said is as in the option `defaults.retry`.
 *
 * `attempts` (default 10) is the end only where there is a dead letter topic or parking; otherwise a record is tried until it succeeds. An attempt
 * that failed because a database, Redis or a broker is down, or because of a conflict with another transaction, does not count.
 */
export function Retry(policy: RetryPolicy): ClassDecorator & MethodDecorator {
  return policyDecorator('retry', policy);
}
