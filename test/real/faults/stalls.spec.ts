import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MARIADB, POSTGRES, TRANSACTION_GUARDS } from '../../support/faults/grounds.js';
import type { GuardedApp } from '../../support/faults/guarded-app.js';
import { askBeside } from '../../support/faults/scenarios/races.js';
import { wakeLate } from '../../support/faults/scenarios/zombies.js';
import { endSessions, idle } from '../../support/faults/sessions.js';
import { World } from '../../support/faults/world.js';

/** MySQL and MariaDB count in whole seconds. */
const SHORT = 1_000;

describe.each([POSTGRES, MARIADB])('A transaction that does not go on, on %s', (database) => {
  let world: World;
  let heir: GuardedApp;

  beforeAll(async () => {
    world = await World.make(database);
    heir = await world.local(TRANSACTION_GUARDS, { tuning: { lockTimeout: SHORT } });
  });
  afterAll(() => world.end());

  it.each(TRANSACTION_GUARDS)(`11 lock-wait-timeout: %s on ${database}`, async (guard) => {
    const owner = await world.local([guard]);
    const trial = await world.trial(guard);
    await askBeside(trial, owner, heir);
    expect(trial.count('failed')).toBe(0);
    expect(await idle(world)).toBe(0);
    expect(await trial.violations(heir)).toEqual([]);
  });

  it.each(TRANSACTION_GUARDS)(`12 backend-killed: %s on ${database}`, async (guard) => {
    const trial = await world.trial(guard);
    for (const at of ['after-claim', 'before-commit'] as const) {
      const { delivery, outcome } = await trial.stopAt(heir, at);
      expect(await endSessions(world)).toBe(1);
      heir.pass(delivery);
      expect((await outcome).kind).toBe('failed');
    }
    await trial.settle(heir);
    expect(await trial.violations(heir)).toEqual([]);
  });

  describe('since its process stands still', () => {
    const found = new Map<string, string[]>();

    beforeAll(async () => {
      const zombie = await world.child(TRANSACTION_GUARDS, { tuning: { idleTimeout: SHORT } });
      const trials = await world.trials(TRANSACTION_GUARDS);
      await wakeLate(trials, zombie, heir, 'after-effect');
      for (const trial of trials) found.set(trial.subject.name, await trial.violations(heir));
    });

    it.each(TRANSACTION_GUARDS)(`13 stalled-open-tx: %s on ${database}`, (guard) => {
      expect(found.get(guard)).toEqual([]);
    });
  });
});
