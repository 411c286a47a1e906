import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { redisIdempotency } from 'nestjs-reliable-kafka/redis';
import type { LeaseStore, OpenGuard } from '../../../libs/reliable-kafka/src/contracts/index.js';
import { until } from '../../services/wait.js';
import { RedisServer } from '../../support/redis-server.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { attemptAt, guardOver, Lines } from './guarding.js';

let ends: (() => unknown)[];

beforeEach(() => {
  ends = [];
});

afterEach(async () => {
  for (const end of ends.toReversed()) await end();
});

async function started(...options: string[]): Promise<RedisServer> {
  const server = await RedisServer.start(...options);
  ends.push(() => server[Symbol.asyncDispose]());
  return server;
}

function adminOf({ url }: RedisServer): Redis {
  const admin = new Redis(url);
  admin.on('error', () => {});
  ends.push(() => admin.disconnect());
  return admin;
}

async function storeOn({ url }: RedisServer): Promise<LeaseStore> {
  const store = redisIdempotency({ url, commandTimeout: 500 });
  ends.push(() => store.close());
  expect(await store.open({ resolve: () => undefined, log: new Lines() })).toEqual([]);
  return store;
}

const handling = (key: string) => attemptAt(key, () => ({ kind: 'handled' }));

describe('a Redis that forgets', () => {
  let server: RedisServer;
  let admin: Redis;
  let guard: OpenGuard;

  beforeEach(async () => {
    server = await started();
    admin = adminOf(server);
    guard = await guardOver(await storeOn(server));
  });

  it('its scripts (SCRIPT FLUSH): they are sent again, between any two steps', async () => {
    await guard.run(handling('first'));
    const flushing = attemptAt('key', async () => {
      await admin.script('FLUSH');
      return { kind: 'handled' };
    });
    await admin.script('FLUSH');
    expect(await guard.run(flushing)).toEqual({ kind: 'handled' });
    await admin.script('FLUSH');
    expect(await guard.run(handling('key'))).toEqual({ kind: 'duplicate' });
  });

  it('a claim (FLUSHALL while the handler runs): what was handled under it is no outcome, and is handled again', async () => {
    const flushed = attemptAt('key', async () => {
      await admin.flushall();
      return { kind: 'handled' };
    });
    await expect(guard.run(flushed)).rejects.toThrow('ended before its handler did');
    expect(await guard.run(handling('key'))).toEqual({ kind: 'handled' });
  });

  it('everything (a restart without persistence): completed keys are handled again', async () => {
    await guard.run(handling('key'));
    await server.kill();
    await server.start();
    await until('an outcome', async () => (await guard.run(handling('key'))).kind === 'handled', { within: 20_000 });
  });
});

describe('a fail-over', () => {
  it('to a replica that did not have the claim yet lets another owner run, and the first one has no outcome', async () => {
    const master = await started('--repl-diskless-sync-delay', '0');
    const link = await TcpProxy.start(master.port);
    ends.push(() => link.stop());
    const replica = await started('--replicaof', '127.0.0.1', `${link.port}`);
    const admin = adminOf(replica);
    await until('replication', async () => (await admin.info('replication')).includes('master_link_status:up'), {
      within: 20_000,
    });
    const before = await storeOn(master);
    const key = { scope: 'scope', key: 'key', fingerprint: undefined };
    link.cut();
    expect((await before.claim(key, 'one', 60_000)).status).toBe('claimed');
    await master.kill();
    await admin.replicaof('NO', 'ONE');
    const after = await storeOn(replica);
    expect((await after.claim(key, 'other', 60_000)).status).toBe('claimed');
    expect(await after.complete(key, 'one', 60_000, undefined)).toBe(false);
    expect(await after.complete(key, 'other', 60_000, undefined)).toBe(true);
  });
});

describe('a Redis whose memory is full (noeviction)', () => {
  it('refuses claims, so that nothing runs, and forgets none of those that it has', async () => {
    const server = await started();
    const admin = adminOf(server);
    const store = await storeOn(server);
    const guard = await guardOver(store);
    await guard.run(handling('before'));
    await admin.config('SET', 'maxmemory', '1');
    let runs = 0;
    const refused = guard.run(attemptAt('key', () => (runs++, { kind: 'handled' })));
    await expect(refused).rejects.toThrow('Redis: OOM command not allowed');
    expect(runs).toBe(0);
    await admin.config('SET', 'maxmemory', '0');
    expect(await guard.run(handling('before'))).toEqual({ kind: 'duplicate' });
    expect(await guard.run(handling('key'))).toEqual({ kind: 'handled' });
  });

  it('may refuse a completion: then there is no outcome, and the next attempt completes without a run', async () => {
    const server = await started();
    const admin = adminOf(server);
    const guard = await guardOver(await storeOn(server));
    let runs = 0;
    const filling = attemptAt('key', async () => {
      runs++;
      await admin.config('SET', 'maxmemory', '1');
      return { kind: 'handled' };
    });
    await expect(guard.run(filling)).rejects.toThrow('Redis: OOM');
    await admin.config('SET', 'maxmemory', '0');
    expect(await guard.run(filling)).toEqual({ kind: 'handled' });
    expect(runs).toBe(1);
  });
});
