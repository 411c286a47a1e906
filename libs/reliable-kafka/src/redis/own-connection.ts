import type { Log } from '../contracts/index.js';
import { ConfigurationError } from '../contracts/index.js';
import type { Connection } from './connection.js';
import type { RedisCommands } from './redis-client.js';

/** The longest pause between two tries to connect. */
const PATIENCE = 1_000;

/** A connection to one server that is made anew when it breaks, and given up when it falls silent. Connects on first use. */
export async function ownConnection(url: string, where: string, timeout: number, log: Log): Promise<Connection> {
  const Redis = await load(where);
  const client = new Redis(url, {
    connectionName: 'nestjs-reliable-kafka',
    lazyConnect: true,
    maxRetriesPerRequest: 1,
    connectTimeout: timeout,
    socketTimeout: timeout,
    disconnectTimeout: 500,
    retryStrategy: (tries) => Math.min(PATIENCE, 50 * tries),
    // A master that has become a replica: its address may lead to the new one.
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
  });
  let isTold = false;
  client.on('ready', () => (isTold = false));
  client.on('error', ({ message }: Error) => {
    if (!isTold) log.warn(`Redis at ${new URL(url).host}: ${message}`);
    isTold = true;
  });
  return { client: client as unknown as RedisCommands, close: () => client.disconnect() };
}

/** Only who gives a `url` needs it. */
async function load(where: string) {
  try {
    return (await import('ioredis')).Redis;
  } catch {
    throw new ConfigurationError([
      { where, what: 'ioredis is not installed, and `url` needs it', remedy: 'npm install ioredis' },
    ]);
  }
}
