/** An ioredis client, 5 or 6: `Redis` and `Cluster` both fit. */
export interface RedisClient {
  /** `ready` while commands can be sent. */
  readonly status: string;
  readonly isCluster?: boolean;
  readonly options: { readonly enableAutoPipelining?: boolean | undefined };
  connect(): Promise<void>;
  on(event: 'ready', listener: () => void): unknown;
  once(event: 'ready', listener: () => void): unknown;
  off(event: 'ready', listener: () => void): unknown;
  info(): Promise<string>;
}

/** What else we use of it, which its own types leave out in part: every command has a variant that answers bytes. */
export interface RedisCommands extends RedisClient {
  /** Of a cluster: one client for each of its servers. */
  nodes?(role: 'master'): readonly RedisCommands[];
  evalshaBuffer(sha: string, keys: 1, key: string, ...args: (string | Buffer)[]): Promise<unknown>;
  evalBuffer(lua: string, keys: 1, key: string, ...args: (string | Buffer)[]): Promise<unknown>;
  getBuffer(key: string): Promise<Buffer | null>;
  set(key: string, value: string | Buffer, unit: 'PX', ms: string): Promise<unknown>;
  config(action: 'GET', name: string): Promise<unknown>;
  ping(): Promise<unknown>;
  /** Another client with the same options, but for some. */
  duplicate(override: object): RedisCommands;
  duplicate(startupNodes: readonly [], override: object): RedisCommands;
  on(event: 'ready', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  disconnect(): void;
}

export function isRedisClient(value: unknown): value is RedisCommands {
  return typeof (value as Partial<RedisCommands> | undefined | null)?.evalshaBuffer === 'function';
}
