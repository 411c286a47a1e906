import type { GuardSetting, IdempotencyGuard, OpenGuard } from '../contracts/index.js';
import { ConfigurationError, DEFAULT_RETENTION } from '../contracts/index.js';
import type { FingerprintSelector } from './fingerprint.js';
import { guardKeyReader } from './guard-key.js';
import type { GuardKeySelector } from './guard-key.js';
import { LeasedRuns } from './leased-runs.js';
import { isMs, keyProblems, noStore, unknownOptions } from './option-problems.js';

export interface SetNxOptions {
  /** What a message is recognized by: a payload path or a function. Default: the `message-id` header, else the record's coordinates. */
  readonly key?: GuardKeySelector;
  /** Whose keys these are. Default: the group, the topic and the `@Handler` name. */
  readonly consumer?: string;
  /**
   * Milliseconds until a claim lapses whose owner is gone; renewed while the handler runs. Longer than any pause of a process that lives, and several
   * times the timeout of the store's commands.
   */
  readonly lease: number;
  /** Milliseconds for which a handled key is remembered, by the store's clock. Default fifteen days. */
  readonly retention?: number;
  /** With `key`: a used key that comes with other values here is another message, and fatal. */
  readonly fingerprint?: FingerprintSelector;
  /** For a `@MessagePattern`: whether a duplicate request gets the first reply again, or an error. */
  readonly reply?: 'replay' | 'error';
  /** The name of the store, where there are several. */
  readonly store?: string;
}

const LONGEST_LEASE = 24 * 60 * 60 * 1000;

const OPTIONS = ['key', 'consumer', 'lease', 'retention', 'fingerprint', 'reply', 'store'];

/**
 * A claim with an owner and a lease in Redis: while it lasts nobody else runs the handler, and a completed key is remembered. Mutual exclusion and
 * memory, no transaction: a process that dies between the effect and its completion, a pause longer than the lease, or a fail-over that loses the
 * key lets the handler run again. Everything it does happens at least once; a receiver that compares `ctx.fencingToken` refuses a late owner.
 * A claim that lapsed leaves no trace in Redis, so `ctx.recovered` says nothing here.
 */
export function setNx(options: SetNxOptions): IdempotencyGuard {
  const { consumer, reply, lease, retention = DEFAULT_RETENTION } = options;
  return {
    name: 'setNx',
    transactional: false,
    consumer,
    reply,
    retention,
    problems: () => [
      ...unknownOptions(options, OPTIONS),
      ...keyProblems({ ...options, retention }),
      ...(isMs(lease) && lease <= LONGEST_LEASE
        ? []
        : [{ what: `its lease is ${String(lease)}`, remedy: 'Give a number of milliseconds, a day at most.' }]),
    ],
    open: async (setting) => open(setting, options, retention),
  };
}

function open(setting: GuardSetting, options: SetNxOptions, retention: number): OpenGuard {
  const store = setting.store('leases', options.store);
  if (!store) throw new ConfigurationError([noStore(setting.label, 'setNx', options.store, 'redisIdempotency()')]);
  return new LeasedRuns({
    store,
    lease: options.lease,
    retention,
    read: guardKeyReader(options),
    scopeOf: setting.scopeOf,
    fences: setting.store('inbox'),
    log: setting.log,
  });
}
