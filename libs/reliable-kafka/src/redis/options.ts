import type { ConfigurationProblem } from '../contracts/index.js';
import { isMs, unknownOptions } from '../idempotency/index.js';
import type { RedisClient } from './redis-client.js';

/** Exactly one of `client`, `url` and `token` says which Redis. */
export interface RedisIdempotencyOptions {
  /** An ioredis client of the application, which also closes it. */
  readonly client?: RedisClient;
  /** `redis://` or `rediss://`, for a connection of our own; ioredis is loaded for it. */
  readonly url?: string;
  /** The token of a provider that is an ioredis client. */
  readonly token?: unknown;
  /** For `store` of a guard, where there are several. */
  readonly name?: string;
  /** What every key begins with. Default `reliable-kafka:`. */
  readonly prefix?: string;
  /** Milliseconds after which a command counts as failed, also while there is no connection. Well below every lease. Default 2,000. */
  readonly commandTimeout?: number;
}

const SOURCES = ['client', 'url', 'token'] as const;
const OPTIONS = [...SOURCES, 'name', 'prefix', 'commandTimeout'];

export const WHERE = 'redisIdempotency';

/** What the compiler did not see. */
export function optionProblems(options: RedisIdempotencyOptions): ConfigurationProblem[] {
  const { url, name, prefix, commandTimeout } = options;
  const given = SOURCES.filter((source) => options[source] !== undefined);
  const wrong = [...unknownOptions(options, OPTIONS)];
  if (given.length !== 1)
    wrong.push({
      what: given.length === 0 ? 'nothing says which Redis' : `${given.join(' and ')} are given`,
      remedy: 'Give one of client, url and token.',
    });
  if (url !== undefined && !isRedisUrl(url))
    wrong.push({ what: 'its url is not one of Redis', remedy: 'Give redis://host:port or rediss://host:port.' });
  for (const [option, value] of Object.entries({ name, prefix }))
    if (value !== undefined && (typeof value !== 'string' || value === ''))
      wrong.push({ what: `its ${option} is ${value === '' ? 'empty' : typeof value}`, remedy: 'Give a text.' });
  if (commandTimeout !== undefined && !isMs(commandTimeout))
    wrong.push({
      what: `its commandTimeout is ${String(commandTimeout)}`,
      remedy: 'Give a number of milliseconds of at least 1.',
    });
  return wrong.map((one) => ({ where: WHERE, ...one }));
}

function isRedisUrl(url: unknown): boolean {
  return typeof url === 'string' && URL.canParse(url) && ['redis:', 'rediss:'].includes(new URL(url).protocol);
}
