import type {
  AttemptResult,
  ClaimTold,
  ConsumedRecord,
  GuardedCall,
  GuardSetting,
  IdempotencyStore,
} from '../../libs/reliable-kafka/src/contracts/index.js';
import { HANDLED } from '../../libs/reliable-kafka/src/contracts/index.js';
import { silent } from './consumers.js';

export function recordOf(payload: unknown, more: Partial<ConsumedRecord> = {}): ConsumedRecord {
  const value = Buffer.from(JSON.stringify(payload));
  return { topic: 't', partition: 0, offset: 0n, key: null, value, headers: undefined, timestamp: '1', ...more };
}

/** What a handler under a claim comes to. Nothing: it is handled. */
export type Handle = (claim: ClaimTold) => Promise<{ result?: AttemptResult; reply?: Buffer } | void>;

/** One attempt on a payload, as a guard is given it. An aborted one runs no handler. */
export function callOf(
  payload: unknown,
  handle: Handle,
  { signal = new AbortController().signal, ...more }: Partial<ConsumedRecord> & { signal?: AbortSignal } = {},
): GuardedCall {
  return {
    attempt: {
      record: recordOf(payload, more),
      payload,
      attempt: 1,
      orderingKey: undefined,
      behind: () => [],
      signal,
      isAborted: signal.aborted,
    },
    execute: async (claim) => {
      if (signal.aborted)
        return { result: { kind: 'waiting', reason: 'busy', delay: 0 }, value: undefined, reply: undefined };
      const { result = HANDLED, reply } = (await handle(claim)) ?? {};
      return { result, value: undefined, reply };
    },
  };
}

/** An application that has these stores. */
export function settingWith(...stores: IdempotencyStore[]): GuardSetting {
  return {
    label: 'Orders.handle',
    scopeOf: () => 'scope',
    store: ((provides: string, name?: string) =>
      stores.find((one) => one.provides === provides && (name === undefined || one.name === name))) as never,
    resolve: () => undefined,
    emit: () => {},
    log: silent,
  };
}
