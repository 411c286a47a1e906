import { createHash } from 'node:crypto';
import type { RedisCommands } from './redis-client.js';

/** A Lua script on one key, called by its hash; sent whole where the server does not know it, be it new, restarted or flushed. */
export class Script {
  private readonly sha: string;

  constructor(private readonly lua: string) {
    this.sha = createHash('sha1').update(lua).digest('hex');
  }

  async run(client: RedisCommands, key: string, ...args: (string | Buffer)[]): Promise<unknown> {
    try {
      return await client.evalshaBuffer(this.sha, 1, key, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return client.evalBuffer(this.lua, 1, key, ...args);
    }
  }
}
