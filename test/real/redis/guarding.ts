import { setNx } from 'nestjs-reliable-kafka/redis';
import type {
  AttemptResult,
  ClaimTold,
  GuardedCall,
  LeaseStore,
  Log,
  OpenGuard,
} from '../../../libs/reliable-kafka/src/contracts/index.js';

export const KEY_SCOPE = 'scope';

/** `setNx` over a store, for payloads that are their own keys. */
export function guardOver(store: LeaseStore, lease = 60_000): Promise<OpenGuard> {
  return setNx({ lease, key: (payload) => payload }).open({
    label: 'Test.handle',
    scopeOf: () => KEY_SCOPE,
    store: ((provides: string) => (provides === 'leases' ? store : undefined)) as never,
    resolve: () => undefined,
    emit: () => {},
    log: new Lines(),
  });
}

/** An attempt at a record of its own. */
export function attemptAt(
  key: string,
  handle: (told: ClaimTold) => Promise<AttemptResult> | AttemptResult,
): GuardedCall {
  const record = { topic: 't', partition: 0, offset: 0n, key: null, value: null, headers: undefined, timestamp: '0' };
  const { signal } = new AbortController();
  return {
    attempt: { record, payload: key, attempt: 1, orderingKey: undefined, behind: () => [], signal, isAborted: false },
    execute: async (told) => ({ result: await handle(told), value: undefined, reply: undefined }),
  };
}

/** What was logged. */
export class Lines implements Log {
  readonly all: string[] = [];
  readonly log = (message: string) => void this.all.push(message);
  readonly warn = this.log;
  readonly error = this.log;
}
