import type { DeadLetterPolicy } from '../../contracts/index.js';
import { policyDecorator } from './policies.js';

/**
 * Sends the records that a handler, or any handler of a controller, cannot handle to a dead letter topic: after the last attempt, or at once when the
 * failure is fatal. The offset passes when the broker has acknowledged the dead letter, and not before.
 *
 * A dead letter has left the order: later records of its key go on. With `hold: true` its key is parked instead, until somebody replays or
 * discards it.
 */
export function DeadLetter(to: string | DeadLetterPolicy): ClassDecorator & MethodDecorator {
  return policyDecorator('deadLetter', typeof to === 'string' ? { topic: to } : to);
}
