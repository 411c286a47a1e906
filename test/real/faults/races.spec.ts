import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Child } from '../../support/faults/child.js';
import { MARIADB, POSTGRES, REDIS } from '../../support/faults/grounds.js';
import type { GuardedApp } from '../../support/faults/guarded-app.js';
import { waitForOwner, race } from '../../support/faults/scenarios/races.js';
import { takeOverTogether } from '../../support/faults/scenarios/zombies.js';
import { World } from '../../support/faults/world.js';

const EACH = 34;

describe.each([POSTGRES, MARIADB, REDIS])(
  'Three processes with the same message, on %s',
  (ground, database, guards) => {
    let world: World;
    let here: GuardedApp;
    let there: readonly [Child, Child];

    beforeAll(async () => {
      world = await World.make(database);
      here = await world.local(guards);
      there = await Promise.all([world.child(guards), world.child(guards)]);
    });
    afterAll(() => world.end());

    it.each(guards)(`8 n-way-race-same-key: %s on ${ground}`, async (guard) => {
      const trial = await world.trial(guard);
      await race(trial, [here, ...there], EACH);
      expect(await trial.violations(here)).toEqual([]);
    });

    it.each(guards)(`9 owner-rolls-back-waiter-wins: %s on ${ground}`, async (guard) => {
      const trial = await world.trial(guard);
      await waitForOwner(world, trial, there[0], [here]);
      expect(trial.count('handled')).toBe(1);
      expect(await trial.violations(here)).toEqual([]);
    });

    it.each(guards)(`10 three-session-deadlock: %s on ${ground}`, async (guard) => {
      const trial = await world.trial(guard);
      await waitForOwner(world, trial, there[0], [there[1], here]);
      expect([trial.count('handled'), trial.count('duplicate')]).toEqual([1, 1]);
      expect(await trial.violations(here)).toEqual([]);
    });

    it.each(guards.filter((guard) => guard === 'setNx' || guard === 'statusGuard-claim'))(
      `17 orphan-recovery-race: %s on ${ground}`,
      async (guard) => {
        const trial = await world.trial(guard);
        await takeOverTogether(trial, there[1], [here, there[0], here]);
        expect(trial.count('handled')).toBe(1);
        expect(await trial.violations(here)).toEqual([]);
      },
    );
  },
);
