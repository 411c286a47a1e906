import type { ConfigurationProblem } from '../contracts/index.js';
import { isMs, unknownOptions } from '../idempotency/index.js';
import type { RedisClient } from './redis-client.js';

/** Exactly one of them says which Redis. */
export interface RedisSource {
  /** An ioredis client of the application, which also closes it. */
  readonly client?: RedisClient;
  /** `redis://` or `rediss://`, for a connection of our own; ioredis is loaded for it. */
  readonly url?: string;
  /** The token of a provider that is an ioredis client. */
  readonly token?: unknown;
}

export interface RedisIdempotencyOptions extends RedisSource {
  /** For `store` of a guard, where there are several. */
  readonly name?: string;
  /** What every key begins with. Default `reliable-kafka:`. */
  readonly prefix?: string;
  /** Milliseconds after which a command counts as failed, also while there is no connection. Well below every lease. Default 2,000. */
  readonly commandTimeout?: number;
}

type Wrong = Omit<ConfigurationProblem, 'where'>;

const SOURCES = ['client', 'url', 'token'] as const;
const OPTIONS = [...SOURCES, 'name', 'prefix', 'commandTimeout'];

export const WHERE = 'redisIdempotency';

/** What the compiler did not see. */
export function optionProblems(options: RedisIdempotencyOptions): ConfigurationProblem[] {
  const { name, prefix, commandTimeout } = options;
  const wrong = [...unknownOptions(options, OPTIONS), ...wrongSource(options)];
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

/** As above, where there is nothing but a source. */
export function sourceProblems(source: RedisSource, where: string): ConfigurationProblem[] {
  return [...unknownOptions(source, [...SOURCES]), ...wrongSource(source)].map((one) => ({ where, ...one }));
}

function wrongSource(source: RedisSource): Wrong[] {
  const wrong: Wrong[] = [];
  const given = SOURCES.filter((name) => source[name] !== undefined);
  if (given.length !== 1)
    wrong.push({
      what: given.length === 0 ? 'nothing says which Redis' : `${given.join(' and ')} are given`,
      remedy: 'Give one of client, url and token.',
    });
  if (source.url !== undefined && !isRedisUrl(source.url))
    wrong.push({ what: 'its url is not one of Redis', remedy: 'Give redis://host:port or rediss://host:port.' });
  return wrong;
}

function isRedisUrl(url: unknown): boolean {
  return typeof url === 'string' && URL.canParse(url) && ['redis:', 'rediss:'].includes(new URL(url).protocol);
}
