import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Child } from '../../support/faults/child.js';
import { type GroundRow, places } from '../../support/faults/grounds.js';
import type { GuardedApp } from '../../support/faults/guarded-app.js';
import { crashUnderLease } from '../../support/faults/scenarios/crash.js';
import { wakeBeside, wakeLate } from '../../support/faults/scenarios/zombies.js';
import { World } from '../../support/faults/world.js';

/** Long enough for a busy machine to ask while it lasts, and to be waited for. */
const LEASE = 1_000;
const POSTGRES: GroundRow = ['postgres', ['statusGuard-claim', 'setNx']];
const MARIADB: GroundRow = ['mariadb', ['statusGuard-claim']];

/** `setNx` has its claims in Redis wherever it is, and its fencing tokens from the database. */
describe.each([POSTGRES, MARIADB])('An owner under a lease, on %s', (database, guards) => {
  let world: World;
  let heir: GuardedApp;
  let zombie: Child;
  const tuning = { lease: LEASE };

  beforeAll(async () => {
    world = await World.make(database);
    heir = await world.local(guards, { tuning });
    zombie = await world.child(guards, { tuning });
  });
  afterAll(() => world.end());

  describe('dies', () => {
    const found = new Map<string, string[]>();

    beforeAll(async () => {
      const dying = await world.child(guards, { tuning: { lease: 2_500 } });
      const before = (await world.trials(guards)).map((trial) => [trial, 'after-claim'] as const);
      const after = (await world.trials(guards)).map((trial) => [trial, 'after-effect'] as const);
      await crashUnderLease([...before, ...after], dying, heir);
      for (const [trial, at] of [...before, ...after])
        found.set(`${at} ${trial.subject.name}`, await trial.violations(heir));
    });

    it.each(places(guards, database))('4 crash-between-claim-and-done: %s on %s', (guard) => {
      expect(found.get(`after-claim ${guard}`)).toEqual([]);
      expect(found.get(`after-effect ${guard}`)).toEqual([]);
    });
  });

  it.each(places(guards, database))('15 zombie-completes-late: %s on %s', async (guard) => {
    const trial = await world.trial(guard);
    await wakeLate([trial], zombie, heir, 'after-effect');
    expect(await trial.violations(heir)).toEqual([]);
  });

  it.each(places(guards, database))('15 zombie-fails-late, after another has completed: %s on %s', async (guard) => {
    const trial = await world.trial(guard);
    await wakeLate([trial], zombie, heir, 'after-effect', 'fail');
    expect(await trial.violations(heir)).toEqual([]);
  });

  it.each(places(guards, database))('15 zombie-fails-late, while another is at work: %s on %s', async (guard) => {
    const trial = await world.trial(guard);
    await wakeBeside(trial, zombie, heir, heir, 'fail');
    expect(await trial.violations(heir)).toEqual([]);
  });

  it.each(places(guards, database))('15 zombie-completes-late, while another is at work: %s on %s', async (guard) => {
    const trial = await world.trial(guard);
    await wakeBeside(trial, zombie, heir, heir, 'go');
    expect(await trial.violations(heir)).toEqual([]);
  });

  it.each(places(guards, database))('16 zombie-write-fenced: %s on %s', async (guard) => {
    const trial = await world.trial(guard);
    await wakeLate([trial], zombie, heir, 'after-claim');
    const { fences, refused } = world.receiver.of(trial.message.id);
    expect([fences.length, refused]).toEqual([1, 1]);
    expect(await trial.violations(heir)).toEqual([]);
  });
});
