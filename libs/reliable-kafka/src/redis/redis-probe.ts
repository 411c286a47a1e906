import type { ConfigurationProblem, Probe, StoreContext } from '../contracts/index.js';
import { ConfigurationError } from '../contracts/index.js';
import { connectionOf } from './connection.js';
import type { RedisSource } from './options.js';
import { sourceProblems } from './options.js';
import { probeRedis } from './probe-connection.js';
import type { RedisCommands } from './redis-client.js';

const WHERE = 'redisProbe()';
const TIMEOUT = 2_000;

/**
 * For `probes` in the options of the module: tells whether a Redis can be reached that handlers use, where no store is in it (`redisIdempotency()` tells
 * that of its own). It connects anew and asks for a PING; whether it may be written to, it does not tell.
 */
export function redisProbe(source: RedisSource): Probe {
  return new RedisProbe(source);
}

class RedisProbe implements Probe {
  readonly backend = 'redis';
  private client: RedisCommands | undefined;

  constructor(private readonly source: RedisSource) {}

  async open(context: StoreContext): Promise<readonly ConfigurationProblem[]> {
    const problems = sourceProblems(this.source, WHERE);
    if (problems.length > 0) return problems;
    try {
      // One of our own connects on first use, and this one is only copied.
      this.client = (await connectionOf(this.source, WHERE, TIMEOUT, context)).client;
      return [];
    } catch (error) {
      if (error instanceof ConfigurationError) return error.problems;
      throw error;
    }
  }

  probe(): Promise<void> {
    return probeRedis(this.client!, (fresh) => fresh.ping());
  }
}
