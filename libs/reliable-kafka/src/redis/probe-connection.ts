import { askInTime } from '../retry/index.js';
import { unavailable } from './errors.js';
import type { RedisCommands } from './redis-client.js';

/** One try, and an answer: what a client of the application does to reach its server in spite of everything would take too long. */
const ALONE = {
  lazyConnect: true,
  enableOfflineQueue: true,
  retryStrategy: () => null,
  sentinelRetryStrategy: () => null,
  clusterRetryStrategy: () => null,
  reconnectOnError: null,
};

/** Whether Redis works, asked over a connection of its own, made as that of `client`. Rejects with `RedisUnavailableError`, or when it takes too long. */
export async function probeRedis(
  client: RedisCommands,
  question: (fresh: RedisCommands) => Promise<unknown>,
): Promise<void> {
  const fresh = client.isCluster ? client.duplicate([], ALONE) : client.duplicate(ALONE);
  let reason: Error | undefined;
  fresh.on('error', (error) => (reason = error));
  const ask = async () => {
    try {
      await fresh.connect();
      await question(fresh);
    } catch (error) {
      // What it rejects with says only that there is no connection.
      throw unavailable(reason ?? error);
    }
  };
  await askInTime('redis', ask, () => fresh.disconnect());
}
