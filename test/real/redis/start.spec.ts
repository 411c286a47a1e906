import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { redisIdempotency, type RedisIdempotencyOptions } from 'nestjs-reliable-kafka/redis';
import type { LeaseStore } from '../../../libs/reliable-kafka/src/contracts/index.js';
import { until } from '../../services/wait.js';
import { RedisServer } from '../../support/redis-server.js';
import { VERSIONS } from './clients.js';
import { Lines } from './guarding.js';

const KEY = { scope: 'scope', key: 'key', fingerprint: undefined };

let lines: Lines;
let ends: (() => unknown)[];

beforeEach(() => {
  lines = new Lines();
  // ioredis warns on the console.
  const spy = jest.spyOn(console, 'warn').mockImplementation(lines.warn);
  ends = [() => spy.mockRestore()];
});

afterEach(async () => {
  for (const end of ends.toReversed()) await end();
});

async function started(...options: string[]): Promise<RedisServer> {
  const server = await RedisServer.start(...options);
  ends.push(() => server[Symbol.asyncDispose]());
  return server;
}

function ended<C extends { disconnect(): void }>(client: C): C {
  ends.push(() => client.disconnect());
  return client;
}

function adminOf(url: string): Redis {
  const admin = ended(new Redis(url));
  admin.on('error', () => {});
  return admin;
}

function made(options: RedisIdempotencyOptions): LeaseStore {
  const store = redisIdempotency({ commandTimeout: 500, ...options });
  ends.push(() => store.close());
  return store;
}

const nothing = () => {
  throw new Error('The application has no provider');
};

const opened = (store: LeaseStore, resolve: (token: unknown) => unknown = nothing) =>
  store.open({ resolve, log: lines });

const claims = async (store: LeaseStore) => (await store.claim(KEY, 'owner', 60_000)).status === 'claimed';

describe('at start', () => {
  it.each(['allkeys-lru', 'volatile-lru', 'volatile-ttl', 'allkeys-random'])(
    'a Redis that evicts (%s) is refused, with the remedy',
    async (policy) => {
      const { url } = await started('--maxmemory-policy', policy);
      const [problem, ...more] = await opened(made({ url }));
      expect(more).toEqual([]);
      expect(problem).toMatchObject({ where: 'redisIdempotency', remedy: expect.stringContaining('noeviction') });
      expect(problem!.what).toContain(policy);
    },
  );

  it('a replica is refused: it refuses claims, or loses them', async () => {
    const master = await started('--repl-diskless-sync-delay', '0');
    const replica = await started('--replicaof', '127.0.0.1', `${master.port}`);
    const admin = adminOf(replica.url);
    await until('replication', async () => (await admin.info('replication')).includes('master_link_status:up'), {
      within: 20_000,
    });
    const [problem] = await opened(made({ url: replica.url }));
    expect(problem!.what).toContain('replica');
  });

  it('is not failed by a Redis that does not say how it evicts: a warning', async () => {
    const server = await started();
    const admin = adminOf(server.url);
    await admin.call('ACL', 'SETUSER', 'app', 'on', '>secret', '~*', '+@all', '-@dangerous', '-config', '-info');
    const store = made({ url: server.url.replace('redis://', 'redis://app:secret@') });
    expect(await opened(store)).toEqual([]);
    expect(lines.all).toContainEqual(expect.stringContaining('make sure that it is noeviction'));
    expect(await claims(store)).toBe(true);
  });

  it('asks by INFO where CONFIG is forbidden', async () => {
    const server = await started('--maxmemory-policy', 'allkeys-lru', '--rename-command', 'CONFIG', '');
    expect(await opened(made({ url: server.url }))).toHaveLength(1);
  });

  it('is not failed by a Redis that is not reachable now; what is wrong with it is told when it is', async () => {
    const server = await started('--maxmemory-policy', 'allkeys-lru');
    await server.kill();
    const store = made({ url: server.url });
    expect(await opened(store)).toEqual([]);
    expect(lines.all.join('\n')).toContain('no answer within 500 ms');
    await expect(store.claim(KEY, 'owner', 60_000)).rejects.toThrow('no answer');
    await server.start();
    await until('the error', async () => lines.all.some((line) => line.includes('allkeys-lru')), { within: 20_000 });
  });
});

describe('the password of a url', () => {
  it.each([
    ['is wrong', '--requirepass', 'another'],
    ['is not wanted', '--protected-mode', 'no'],
  ])('is in no line and no error when it %s', async (_what, ...options) => {
    const server = await started(...options);
    const store = made({ url: server.url.replace('redis://', 'redis://:TopSecret@') });
    const problems = await opened(store);
    const outcome = await store.claim(KEY, 'owner', 60_000).catch((error: unknown) => error);
    expect(JSON.stringify([problems, lines.all, outcome, everythingOf(outcome)])).not.toContain('TopSecret');
  });

  it('is in no problem when the url is none', async () => {
    expect(JSON.stringify(await opened(made({ url: 'http://:TopSecret@host' })))).not.toContain('TopSecret');
  });

  /** What a logger may print of an error. */
  function everythingOf(error: unknown): string {
    const seen = Object.getOwnPropertyNames(error ?? {}).map((name) => JSON.stringify((error as any)[name]));
    return `${String(error)}${seen.join()}`;
  }
});

describe('the client', () => {
  it.each(VERSIONS)(
    'of the application (ioredis $version) is found by its token, and stays open',
    async ({ connect }) => {
      const client = ended(connect((await started()).url));
      const store = made({ token: 'REDIS' });
      expect(await opened(store, (token) => (token === 'REDIS' ? client : undefined))).toEqual([]);
      expect(await claims(store)).toBe(true);
      await store.close();
      expect(await client.call('PING')).toBe('PONG');
      await expect(store.claim(KEY, 'owner', 1)).rejects.toThrow('not open');
    },
  );

  it.each<[what: string, resolve: () => unknown, said: string]>([
    ['nobody provides', nothing, 'has no provider'],
    ['is no client', () => ({}), 'not one of ioredis'],
  ])('that %s is a problem', async (_what, resolve, said) => {
    const [problem] = await opened(made({ token: 'REDIS' }), resolve);
    expect(problem!.what).toContain(said);
  });

  it('of our own is closed with the store', async () => {
    const server = await started();
    const admin = adminOf(server.url);
    const connections = async () =>
      String(await admin.client('LIST'))
        .trim()
        .split('\n').length;
    const store = made({ url: server.url });
    await opened(store);
    expect(await connections()).toBe(2);
    await store.close();
    await until('its end', async () => (await connections()) === 1, { within: 10_000 });
  });

  it.each(VERSIONS)(
    'may connect late, prefix keys, give numbers as texts, and speak as it likes (ioredis $version)',
    async ({ connect, version }) => {
      const { url } = await started();
      const dialect = version === 6 ? { protocol: 3 } : {};
      const options = {
        lazyConnect: true,
        keyPrefix: 'app:',
        stringNumbers: true,
        enableAutoPipelining: true,
        ...dialect,
      };
      const store = made({ client: ended(connect(url, options)) });
      expect(await opened(store)).toEqual([]);
      expect(await claims(store)).toBe(true);
      expect(await store.claim(KEY, 'another', 1)).toMatchObject({ status: 'busy', retryInMs: expect.any(Number) });
      expect(await store.renew(KEY, 'owner', 60_000)).toBe(true);
      expect(await store.complete(KEY, 'owner', 60_000, Buffer.from([0, 255]))).toBe(true);
      expect(await store.recall(KEY)).toEqual({ status: 'done', fingerprint: undefined, reply: Buffer.from([0, 255]) });
      const keys = await adminOf(url).keys('*');
      expect(keys).toEqual([expect.stringMatching(/^app:reliable-kafka:[\w-]{43}$/)]);
    },
  );
});

describe('a cluster', () => {
  /** Two servers, half of the slots each. */
  async function cluster(...options: string[]): Promise<readonly RedisServer[]> {
    const servers = await Promise.all([0, 1].map(() => started('--cluster-enabled', 'yes', ...options)));
    const [one, other] = servers.map(({ url }) => adminOf(url));
    await one!.call('CLUSTER', 'ADDSLOTSRANGE', '0', '8191');
    await other!.call('CLUSTER', 'ADDSLOTSRANGE', '8192', '16383');
    await one!.call('CLUSTER', 'MEET', '127.0.0.1', `${servers[1]!.port}`);
    for (const admin of [one, other])
      await until('a whole cluster', async () => String(await admin!.cluster('INFO')).includes('cluster_state:ok'), {
        within: 30_000,
      });
    return servers;
  }

  it('needs a client that knows all of it', async () => {
    const [server] = await cluster();
    const [problem] = await opened(made({ url: server!.url }));
    expect(problem).toMatchObject({
      what: expect.stringContaining('cluster'),
      remedy: expect.stringContaining('Cluster'),
    });
  });

  it('does not take a client that would send scripts to the wrong server', async () => {
    const client = ended(new Cluster([], { lazyConnect: true, enableAutoPipelining: true }));
    const [problem] = await opened(made({ client }));
    expect(problem!.what).toContain('enableAutoPipelining');
  });

  it('has each key where it belongs, and each of its servers is looked at', async () => {
    const [server, other] = await cluster();
    const client = () => ended(new Cluster([server!.url]));
    const store = made({ client: client() });
    expect(await opened(store)).toEqual([]);
    for (let i = 0; i < 50; i++) {
      const key = { ...KEY, key: `key ${i}` };
      expect((await store.claim(key, 'owner', 60_000)).status).toBe('claimed');
      expect(await store.complete(key, 'owner', 60_000, undefined)).toBe(true);
      expect((await store.claim(key, 'another', 60_000)).status).toBe('done');
    }
    await adminOf(server!.url).config('SET', 'maxmemory-policy', 'volatile-lru');
    await adminOf(other!.url).config('SET', 'maxmemory-policy', 'allkeys-lru');
    const told = (await opened(made({ client: client() }))).map(({ what }) => what).join();
    expect(told).toContain('volatile-lru');
    expect(told).toContain('allkeys-lru');
  });
});
