import type {
  AttemptResult,
  GuardedCall,
  GuardSetting,
  IdempotencyGuard,
} from '../../libs/reliable-kafka/src/contracts/index.js';

/** A guard that does what the test says; unless told otherwise it claims everything. */
export function guard(
  run: (call: GuardedCall, setting: GuardSetting) => Promise<AttemptResult> = claiming,
  more: Partial<IdempotencyGuard> = {},
): IdempotencyGuard {
  return {
    name: 'scripted',
    transactional: false,
    problems: () => [],
    open: async (setting) => ({ run: (call) => run(call, setting) }),
    ...more,
  };
}

async function claiming(call: GuardedCall): Promise<AttemptResult> {
  return (await call.execute({})).result;
}
