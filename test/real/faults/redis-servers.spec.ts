import { afterEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { GuardedApp } from '../../support/faults/guarded-app.js';
import { until } from '../../support/faults/until.js';
import { World } from '../../support/faults/world.js';
import { RedisServer } from '../../support/redis-server.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

const GUARDS = ['setNx', 'uniqueKey-cache'];
const tuning = { commandTimeout: 300, lease: 30_000 };

let world: World;
const ends: (() => unknown)[] = [];

afterEach(async () => {
  await world.end();
  for (const end of ends.splice(0).toReversed()) await end();
});

async function started(...options: string[]): Promise<RedisServer> {
  const server = await RedisServer.start(...options);
  ends.push(() => server[Symbol.asyncDispose]());
  return server;
}

function adminOf({ url }: RedisServer): Redis {
  const admin = new Redis(url);
  admin.on('error', () => undefined); // it is killed on purpose
  ends.push(() => admin.disconnect());
  return admin;
}

/** Handlers on PostgreSQL and on a Redis of their own. */
async function on(server: RedisServer): Promise<GuardedApp> {
  world = await World.make('postgres', { redis: server.url });
  return world.local(GUARDS, { tuning });
}

describe('A fail-over that forgets', () => {
  /** The last writes of the master do not reach the replica, which is promoted when the master is dead. */
  async function failOver(guard: string) {
    const master = await started('--repl-diskless-sync-delay', '0');
    const link = await TcpProxy.start(master.port);
    ends.push(() => link.stop());
    const replica = await started('--replicaof', '127.0.0.1', String(link.port));
    const admin = adminOf(replica);
    await until('replication', async () => (await admin.info('replication')).includes('master_link_status:up'));
    const before = await on(master);
    const trial = await world.trial(guard);
    link.cut();
    expect((await trial.settle(before)).kind).toBe('handled');
    await master.kill();
    await admin.replicaof('NO', 'ONE');
    const after = await world.local(GUARDS, { ground: { ...world.ground, redis: replica.url }, tuning });
    return { trial, again: await trial.settle(after) };
  }

  it('18 redis-failover-loss: uniqueKey-cache on redis and postgres: the database knows it', async () => {
    const { trial, again } = await failOver('uniqueKey-cache');
    expect(again.kind).toBe('duplicate');
    expect(await trial.effects()).toBe(1);
  });

  it('18 redis-failover-loss: setNx on redis: it runs again, and is one effect where the receiver de-duplicates', async () => {
    const { trial, again } = await failOver('setNx');
    expect(again.kind).toBe('handled');
    expect([await trial.effects(), world.distinct(trial.message.id)]).toEqual([2, 1]);
  });
});

describe.each([
  ['hangs', (server: RedisServer) => server.suspend(), (server: RedisServer) => server.resume()],
  ['is down', (server: RedisServer) => server.kill(), (server: RedisServer) => server.start()],
])('A Redis that %s', (what, take, giveBack) => {
  it(`19 redis-down: setNx on redis: nothing runs while it ${what}, and everything afterwards`, async () => {
    const server = await started();
    const app = await on(server);
    await (await world.trial('setNx')).settle(app);
    const trial = await world.trial('setNx');
    await take(server);
    const delivery = trial.make();
    expect((await trial.deliver(app, delivery)).kind).toBe('failed');
    expect(await trial.effects()).toBe(0);
    await giveBack(server);
    await trial.settle(app, { fetch: delivery.fetch });
    expect(await trial.violations(app)).toEqual([]);
  });

  it(`19 redis-down: uniqueKey-cache on redis and postgres: the database decides alone while it ${what}`, async () => {
    const server = await started();
    const app = await on(server);
    const [before, meanwhile] = await world.trials(['uniqueKey-cache', 'uniqueKey-cache']);
    await before!.settle(app);
    await take(server);
    expect((await before!.deliver(app)).kind).toBe('duplicate');
    expect((await meanwhile!.deliver(app)).kind).toBe('handled');
    expect(await meanwhile!.violations(app)).toEqual([]);
    await giveBack(server);
  });
});

describe('A Redis that loses what it knew', () => {
  it('20 script-flush: setNx on redis: between claim and completion, and before the next claim', async () => {
    const server = await started();
    const app = await on(server);
    const admin = adminOf(server);
    const trial = await world.trial('setNx');
    const { delivery, outcome } = await trial.stopAt(app, 'after-effect');
    await admin.script('FLUSH');
    app.pass(delivery);
    expect((await outcome).kind).toBe('handled');
    await admin.script('FLUSH');
    expect(await trial.violations(app)).toEqual([]);
  });

  it('20 flushall: setNx on redis: what was handled under a claim that is gone is no outcome', async () => {
    const server = await started();
    const app = await on(server);
    const admin = adminOf(server);
    const trial = await world.trial('setNx');
    const { delivery, outcome } = await trial.stopAt(app, 'after-effect');
    await admin.flushall();
    app.pass(delivery);
    expect((await outcome).kind).toBe('failed');
    await trial.settle(app);
    expect(await trial.violations(app)).toEqual([]);
  });

  it('20 flushall: uniqueKey-cache on redis and postgres: the database knows it', async () => {
    const server = await started();
    const app = await on(server);
    const admin = adminOf(server);
    const trial = await world.trial('uniqueKey-cache');
    await trial.settle(app);
    await admin.flushall();
    expect(await trial.violations(app)).toEqual([]);
  });

  it('20 memory-full: setNx and uniqueKey-cache on redis: claims are refused, and nothing that is known is forgotten', async () => {
    const server = await started('--maxmemory', '20mb');
    const app = await on(server);
    const admin = adminOf(server);
    const [known, refused] = await world.trials(['setNx', 'setNx']);
    const cached = await world.trial('uniqueKey-cache');
    await known!.settle(app);
    await fill(admin);
    expect(await refused!.deliver(app)).toMatchObject({ kind: 'failed', error: expect.stringContaining('OOM') });
    expect(await refused!.effects()).toBe(0);
    expect((await known!.settle(app)).kind).toBe('duplicate');
    expect((await cached.settle(app)).kind).toBe('handled');
    await admin.del('ballast');
    await refused!.settle(app);
    for (const trial of [known!, refused!, cached]) expect(await trial.violations(app)).toEqual([]);
  });

  it('20 eviction: setNx on redis: a server that evicts is refused at start', async () => {
    const app = await on(await started('--maxmemory', '20mb', '--maxmemory-policy', 'allkeys-lru'));
    const trial = await world.trial('setNx');
    await expect(trial.deliver(app)).rejects.toThrow('maxmemory-policy is allkeys-lru');
  });
});

/** Until not the smallest claim finds a place. */
async function fill(admin: Redis): Promise<void> {
  for (let size = 1 << 20; size >= 1; size = Math.floor(size / 4))
    while (await admin.append('ballast', 'x'.repeat(size)).catch(() => 0));
}
