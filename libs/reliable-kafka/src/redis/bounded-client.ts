import { RedisUnavailableError, unavailable } from './errors.js';
import type { RedisCommands } from './redis-client.js';

/**
 * A client whose every use ends in time: a server that hangs never answers, and a client that is not connected may keep commands for ever. Without a
 * connection nothing is handed to the client, so that nothing is done later that nobody waits for any more.
 */
export class BoundedClient {
  private connecting: Promise<void> | undefined;

  constructor(
    private readonly client: RedisCommands,
    private readonly timeout: number,
  ) {}

  /** Rejects with `RedisUnavailableError`. */
  use<T>(work: (client: RedisCommands) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      let isOver = false;
      const timer = setTimeout(() => {
        isOver = true;
        reject(this.late());
      }, this.timeout);
      const fail = (error: unknown) => {
        clearTimeout(timer);
        reject(unavailable(error));
      };
      const begin = () => {
        if (isOver) return;
        work(this.client).then((answer) => {
          clearTimeout(timer);
          resolve(answer);
        }, fail);
      };
      if (this.client.status === 'ready') begin();
      else this.connected().then(begin, fail);
    });
  }

  private connected(): Promise<void> {
    const { client } = this;
    if (client.status === 'end') return Promise.reject(new RedisUnavailableError('Redis: the connection was closed'));
    // Why it does not connect is told by the client itself.
    if (client.status === 'wait') client.connect().catch(() => {});
    return (this.connecting ??= new Promise((resolve) => {
      client.once('ready', () => {
        this.connecting = undefined;
        resolve();
      });
    }));
  }

  private late(): RedisUnavailableError {
    const { status } = this.client;
    const state = status === 'ready' ? '' : `, there is no connection (${status})`;
    return new RedisUnavailableError(`Redis: no answer within ${this.timeout} ms${state}`);
  }
}
