import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type GroundRow, places } from '../../support/faults/grounds.js';
import type { GuardedApp } from '../../support/faults/guarded-app.js';
import { askBeside } from '../../support/faults/scenarios/races.js';
import { World } from '../../support/faults/world.js';

const HOUR = 60 * 60 * 1000;
const POSTGRES: GroundRow = ['postgres', ['uniqueKey', 'statusGuard-claim', 'setNx']];
const MARIADB: GroundRow = ['mariadb', ['uniqueKey', 'statusGuard-claim']];

/** Leases and retentions are much shorter than what the clock is wrong by. */
const tuning = { lease: 30_000, retention: 10 * 60_000, lockTimeout: 1_000 };

describe.each([POSTGRES, MARIADB])('A process whose clock is wrong, on %s', (database, guards) => {
  describe.each([
    ['an hour slow', -HOUR],
    ['an hour fast', HOUR],
  ])('%s', (what, clockSkew) => {
    let world: World;
    let right: GuardedApp;
    let wrong: Awaited<ReturnType<World['child']>>;

    beforeAll(async () => {
      world = await World.make(database);
      right = await world.local(guards, { tuning });
      wrong = await world.child(guards, { tuning, clockSkew });
    });
    afterAll(() => world.end());

    it.each(places(guards, database))(`31 clock-skew, ${what}: %s on %s`, async (guard) => {
      for (const [owner, other] of [[right, wrong] as const, [wrong, right] as const]) {
        const trial = await world.trial(guard);
        await askBeside(trial, owner, other);
        expect(await trial.violations(owner)).toEqual([]);
      }
    });
  });
});
