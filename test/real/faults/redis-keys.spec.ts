import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GuardedApp } from '../../support/faults/guarded-app.js';
import { ALIKE, alike } from '../../support/faults/scenarios/keys.js';
import { World } from '../../support/faults/world.js';

describe('Messages of every kind, on redis', () => {
  let world: World;
  let app: GuardedApp;

  beforeAll(async () => {
    world = await World.make();
    app = await world.local(['setNx-own']);
  });
  afterAll(() => world.end());

  it.each(ALIKE)('21 look-alike-keys: setNx on redis: %s', async (what) => {
    for (const trial of await alike(world, 'setNx-own', app, what)) {
      expect(trial.count('handled')).toBe(1);
      expect(await trial.violations(app)).toEqual([]);
    }
  });

  it('26 payload-mismatch: setNx on redis', async () => {
    const first = await world.trial('setNx-own', { amount: 1 });
    const other = await world.trial('setNx-own', { amount: 2, key: first.message.key });
    expect((await first.settle(app)).kind).toBe('handled');
    expect(await other.settle(app)).toMatchObject({ kind: 'failed', fatal: true });
    expect(await other.effects()).toBe(0);
  });

  it('26 payload-mutated-by-handler: setNx on redis', async () => {
    const trial = await world.trial('setNx-own');
    await trial.settle(app);
    expect(await trial.violations(app)).toEqual([]);
  });

  it('27 retention-edge: setNx on redis: remembered until it ends, and run again after it', async () => {
    const brief = await world.local(['setNx-own'], { tuning: { retention: 2_000 } });
    const trial = await world.trial('setNx-own');
    expect((await trial.deliver(brief)).kind).toBe('handled');
    expect((await trial.deliver(brief)).kind).toBe('duplicate');
    while ((await trial.deliver(brief)).kind === 'duplicate');
    expect(await trial.effects()).toBe(2);
  });
});
