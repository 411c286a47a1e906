import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { NAMESPACE } from './topics.js';

/** The numbers that must not be sent to, in Redis. When Redis cannot be asked, every method rejects: not knowing is not a permission. */
export class Blacklist implements OnApplicationShutdown {
  private readonly key = `${NAMESPACE}sms:blacklist`;
  private readonly redis: Redis;

  constructor(url: string) {
    this.redis = new Redis(url, { maxRetriesPerRequest: 1, commandTimeout: 2_000 });
    const logger = new Logger(Blacklist.name);
    this.redis.on('error', (error: Error) => logger.warn(`Redis: ${error.message}`));
  }

  async has(number: string): Promise<boolean> {
    return (await this.redis.sismember(this.key, number)) === 1;
  }

  async add(number: string): Promise<void> {
    await this.redis.sadd(this.key, number);
  }

  async remove(number: string): Promise<void> {
    await this.redis.srem(this.key, number);
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}
