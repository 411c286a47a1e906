import type { GuardSetting, IdempotencyGuard, OpenGuard } from '../contracts/index.js';
import { ConfigurationError, DEFAULT_RETENTION } from '../contracts/index.js';
import { BatchedInboxRuns } from './batched-inbox-runs.js';
import type { BatchOptions } from './batched-inbox-runs.js';
import { CompletedCache } from './completed-cache.js';
import type { FingerprintSelector } from './fingerprint.js';
import { guardKeyReader } from './guard-key.js';
import type { GuardKeySelector } from './guard-key.js';
import { InboxRuns } from './inbox-runs.js';
import { isName, keyProblems, noStore, shown, unknownOptions } from './option-problems.js';
import type { Wrong } from './option-problems.js';

export interface UniqueKeyOptions {
  /** What a message is recognized by: a payload path or a function. Default: the `message-id` header, else the record's coordinates. */
  readonly key?: GuardKeySelector;
  /** Whose keys these are. Default: the group, the topic and the `@Handler` name. */
  readonly consumer?: string;
  /** Milliseconds for which a handled key is remembered, by the database's clock. Default fifteen days. */
  readonly retention?: number;
  /** With `key`: a used key that comes with other values here is another message, and fatal. */
  readonly fingerprint?: FingerprintSelector;
  /** For a `@MessagePattern`: whether a duplicate request gets the first reply again, or an error. */
  readonly reply?: 'replay' | 'error';
  /** Many records in one transaction: only for handlers whose effects all go through `@Tx()`; they run one after another. Default false. */
  readonly batch?: boolean | BatchOptions;
  /** Completed keys are also remembered in a store of leases (Redis), which answers for the database; its name, or true for the first. Default false. */
  readonly cache?: boolean | string;
  /** The name of the store, where there are several. */
  readonly store?: string;
}

const OPTIONS = ['key', 'consumer', 'retention', 'fingerprint', 'reply', 'batch', 'cache', 'store'];

/**
 * One row per message, inserted in the transaction in which the handler runs: both are committed, or neither. Whatever the handler writes through
 * `@Tx()` or `currentManager()` happens once per key within the retention, whoever crashes when. Everything else it does (calls, mails, other
 * databases) happens at least once.
 */
export function uniqueKey(options: UniqueKeyOptions = {}): IdempotencyGuard {
  const { consumer, reply, retention = DEFAULT_RETENTION } = options;
  return {
    name: 'uniqueKey',
    transactional: true,
    consumer,
    reply,
    retention,
    problems: () => [
      ...unknownOptions(options, OPTIONS),
      ...keyProblems({ ...options, retention }),
      ...batchProblems(options.batch),
      ...cacheProblems(options.cache),
    ],
    open: async (setting) => open(setting, options, retention),
  };
}

function open(setting: GuardSetting, options: UniqueKeyOptions, retention: number): OpenGuard {
  const store = setting.store('inbox', options.store);
  if (!store)
    throw new ConfigurationError([noStore(setting.label, 'uniqueKey', options.store, 'typeormIdempotency()')]);
  const { cache, batch = false } = options;
  const cacheName = typeof cache === 'string' ? cache : undefined;
  const leases = cache ? setting.store('leases', cacheName) : undefined;
  if (cache && !leases)
    throw new ConfigurationError([noStore(setting.label, 'uniqueKey cache', cacheName, 'redisIdempotency()')]);
  const parts = {
    store,
    retention,
    read: guardKeyReader(options),
    scopeOf: setting.scopeOf,
    cache: new CompletedCache(leases, retention, setting.log),
  };
  return batch === false ? new InboxRuns(parts) : new BatchedInboxRuns(parts, batch === true ? {} : batch);
}

function batchProblems(batch: unknown): Wrong[] {
  if (batch === undefined || typeof batch === 'boolean') return [];
  if (typeof batch !== 'object' || batch === null)
    return [{ what: `its batch is ${shown(batch)}`, remedy: 'Give true, false or { size }.' }];
  const { size } = batch as BatchOptions;
  const isWrong = size !== undefined && !(Number.isInteger(size) && size >= 1);
  return [
    ...unknownOptions(batch, ['size']).map(({ what, remedy }) => ({ what: `${what} of batch`, remedy })),
    ...(isWrong ? [{ what: `its batch.size is ${shown(size)}`, remedy: 'Give a whole number of at least 1.' }] : []),
  ];
}

function cacheProblems(cache: unknown): Wrong[] {
  if (cache === undefined || typeof cache === 'boolean' || isName(cache)) return [];
  return [{ what: `its cache is ${shown(cache)}`, remedy: 'Give true, false, or the name of a store of leases.' }];
}
