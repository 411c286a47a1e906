/** What we use of an ioredis client, 5 or 6: `Redis` and `Cluster` both fit. */
export interface RedisClient {
  /** `ready` while commands can be sent. */
  readonly status: string;
  readonly isCluster?: boolean;
  /** Of a cluster: one client for each of its servers. */
  nodes?(role?: 'master'): readonly RedisClient[];
  connect(): Promise<void>;
  callBuffer(command: string, ...args: (string | Buffer)[]): Promise<unknown>;
  on(event: 'ready', listener: () => void): unknown;
  once(event: 'ready', listener: () => void): unknown;
  off(event: 'ready', listener: () => void): unknown;
}

export function isRedisClient(value: unknown): value is RedisClient {
  return typeof (value as Partial<RedisClient> | undefined | null)?.callBuffer === 'function';
}
