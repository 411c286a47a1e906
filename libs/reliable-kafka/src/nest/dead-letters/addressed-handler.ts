import type { Attempt, AttemptResult, HandlerBinding } from '../../contracts/index.js';
import { isReplayForAnother } from '../../retry/index.js';

const HAD_IT: Promise<AttemptResult> = Promise.resolve({ kind: 'duplicate' });

/**
 * The same handler, which leaves alone what was published once more for the sake of another one: it has had that record. Everything but `invoke` is the
 * handler's own.
 */
export function addressed(binding: HandlerBinding, group: string): HandlerBinding {
  const invoke = (attempt: Attempt): Promise<AttemptResult> =>
    isReplayForAnother(attempt.record, group, binding.name) ? HAD_IT : binding.invoke(attempt);
  return Object.create(binding, { invoke: { value: invoke } }) as HandlerBinding;
}
