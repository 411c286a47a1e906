import type { ParkPolicy } from '../../contracts/index.js';
import { policyDecorator } from './policies.js';

/**
 * Parks a key whose record has failed `attempts` times in its lane: the record, and the later ones of the key in their order, wait in the option
 * `parking`'s store, while other keys and the watermark move on. When due, the key resumes in order.
 */
export function Park(policy: ParkPolicy = {}): ClassDecorator & MethodDecorator {
  return policyDecorator('park', policy);
}
