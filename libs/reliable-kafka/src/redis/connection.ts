import type { StoreContext } from '../contracts/index.js';
import { ConfigurationError } from '../contracts/index.js';
import type { RedisSource } from './options.js';
import { ownConnection } from './own-connection.js';
import { isRedisClient } from './redis-client.js';
import type { RedisCommands } from './redis-client.js';

export interface Connection {
  readonly client: RedisCommands;
  /** Ends what is ours; a client of the application is left alone. */
  close(): void;
}

/** Rejects with a `ConfigurationError`. */
export async function connectionOf(
  { client, url, token }: RedisSource,
  where: string,
  timeout: number,
  context: StoreContext,
): Promise<Connection> {
  if (url !== undefined) return ownConnection(url, where, timeout, context.log);
  return { client: usable(client ?? provided(token, where, context), where), close: () => {} };
}

function provided(token: unknown, where: string, context: StoreContext): unknown {
  try {
    return context.resolve(token);
  } catch (error) {
    throw new ConfigurationError([{ where, what: String(error), remedy: 'Or give a client, or a url.' }]);
  }
}

function usable(client: unknown, where: string): RedisCommands {
  if (!isRedisClient(client))
    throw new ConfigurationError([
      {
        where,
        what: 'its client is not one of ioredis',
        remedy: 'Give `new Redis(…)` or `new Cluster(…)`, or the token of a provider that is one.',
      },
    ]);
  return client;
}

/** Throws a `ConfigurationError` when scripts cannot be sent through it. */
export function checkScripts(client: RedisCommands, where: string): void {
  // ioredis takes a script's hash for the key that says where in the cluster to send it.
  if (client.isCluster && client.options.enableAutoPipelining)
    throw new ConfigurationError([
      {
        where,
        what: 'its client is a Cluster with enableAutoPipelining, which sends scripts to the wrong server',
        remedy: 'Give a `new Cluster(…)` without it.',
      },
    ]);
}
