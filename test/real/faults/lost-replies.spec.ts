import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { realServices } from '../../services/index.js';
import { MARIADB, POSTGRES, TRANSACTION_GUARDS } from '../../support/faults/grounds.js';
import type { GuardedApp } from '../../support/faults/guarded-app.js';
import { loseReply } from '../../support/faults/scenarios/lost-replies.js';
import { World } from '../../support/faults/world.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

/** Not to lapse while an answer is asked for again. */
const LEASE = 30_000;

describe('An answer of Redis that is lost', () => {
  let world: World;
  let proxy: TcpProxy;
  let app: GuardedApp;

  beforeAll(async () => {
    const { port, url } = realServices().redis;
    proxy = await TcpProxy.start(port);
    world = await World.make(undefined, { redis: url.replace(`:${port}`, `:${proxy.port}`) });
    world.onEnd(() => proxy.stop());
    app = await world.local(['setNx'], { tuning: { lease: LEASE } });
    await (await world.trial('setNx')).settle(app);
  });
  afterAll(() => world.end());

  it.each([
    ['5 lost-claim-reply: setNx on redis', 'before-claim'],
    ['6 lost-complete-reply: setNx on redis', 'after-effect'],
  ] as const)('%s', async (_, after) => {
    const trial = await world.trial('setNx');
    await loseReply(trial, app, proxy, after);
    expect(trial.count('handled')).toBe(1);
    expect(await trial.effects()).toBe(1);
    expect(await trial.violations(app)).toEqual([]);
  });
});

describe.each([POSTGRES, MARIADB])('An answer that is lost, on %s', (database) => {
  let world: World;
  let proxy: TcpProxy;
  let app: GuardedApp;

  beforeAll(async () => {
    proxy = await TcpProxy.start(realServices()[database as 'postgres' | 'mariadb'].port);
    world = await World.make(database);
    world.onEnd(() => proxy.stop());
    const { options } = world.ground;
    const ground = { ...world.ground, options: { ...options, port: proxy.port } as typeof options };
    app = await world.local([...TRANSACTION_GUARDS, 'statusGuard-claim'], { ground, tuning: { lease: LEASE } });
  });
  afterAll(() => world.end());

  it.each([
    [`5 lost-claim-reply: statusGuard-claim on ${database}`, 'before-claim'],
    [`6 lost-complete-reply: statusGuard-claim on ${database}`, 'after-effect'],
  ] as const)('%s', async (_, after) => {
    const trial = await world.trial('statusGuard-claim');
    await loseReply(trial, app, proxy, after);
    expect(await trial.effects()).toBe(1);
    expect(await trial.violations(app)).toEqual([]);
  });

  it.each(TRANSACTION_GUARDS)(`7 lost-commit-reply: %s on ${database}`, async (guard) => {
    const trial = await world.trial(guard);
    await loseReply(trial, app, proxy, 'before-commit');
    expect(trial.outcomes.map(({ kind }) => kind).slice(0, 2)).toEqual(['failed', 'duplicate']);
    expect(await trial.violations(app)).toEqual([]);
  });
});
