import { Redis } from 'ioredis';
import { Redis as Redis6 } from 'ioredis-6';
import type { RedisClient } from 'nestjs-reliable-kafka/redis';

/** A client of the application: the test ends it, and uses it itself. */
export type ApplicationClient = RedisClient & {
  disconnect(): void;
  call(command: string, ...args: string[]): Promise<unknown>;
};

/** The versions of ioredis that an application may have. */
export const VERSIONS: readonly { version: number; connect(url: string, options?: object): ApplicationClient }[] = [
  { version: 5, connect: (url, options = {}) => quiet(new Redis(url, options)) },
  { version: 6, connect: (url, options = {}) => quiet(new Redis6(url, options)) },
];

/** Connections break in these tests. */
function quiet<C extends { on(event: 'error', listener: () => void): unknown }>(client: C): C {
  client.on('error', () => {});
  return client;
}
