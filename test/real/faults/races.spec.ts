import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Child } from '../../support/faults/child.js';
import { MARIADB, places, POSTGRES } from '../../support/faults/grounds.js';
import type { GuardedApp } from '../../support/faults/guarded-app.js';
import { waitForOwner, race } from '../../support/faults/scenarios/races.js';
import { takeOverTogether } from '../../support/faults/scenarios/zombies.js';
import { World } from '../../support/faults/world.js';

/** Deliveries to each of the three. */
const EACH = 34;
const LEASED = ['statusGuard-claim', 'setNx'];

describe.each([POSTGRES, MARIADB])('Three processes with the same message, on %s', (database, guards) => {
  let world: World;
  let here: GuardedApp;
  let there: readonly [Child, Child];

  beforeAll(async () => {
    world = await World.make(database);
    here = await world.local(guards);
    there = await Promise.all([world.child(guards), world.child(guards)]);
  });
  afterAll(() => world.end());

  it.each(places(guards, database))('8 n-way-race-same-key: %s on %s', async (guard) => {
    const trial = await world.trial(guard);
    await race(trial, [here, ...there], EACH);
    expect(await trial.violations(here)).toEqual([]);
  });

  it.each(places(guards, database))('9 owner-rolls-back-waiter-wins: %s on %s', async (guard) => {
    const trial = await world.trial(guard);
    await waitForOwner(world, trial, there[0], [here]);
    expect(trial.count('handled')).toBe(1);
    expect(await trial.violations(here)).toEqual([]);
  });

  it.each(places(guards, database))('10 three-session-deadlock: %s on %s', async (guard) => {
    const trial = await world.trial(guard);
    await waitForOwner(world, trial, there[0], [there[1], here]);
    expect([trial.count('handled'), trial.count('duplicate')]).toEqual([1, 1]);
    expect(await trial.violations(here)).toEqual([]);
  });

  it(`17 orphan-recovery-race: guards under a lease on ${database}`, async () => {
    const trials = await world.trials(guards.filter((guard) => LEASED.includes(guard)));
    await takeOverTogether(trials, there[1], [here, there[0], here]);
    for (const trial of trials) {
      expect(trial.count('handled')).toBe(1);
      expect(await trial.violations(here)).toEqual([]);
    }
  });
});
