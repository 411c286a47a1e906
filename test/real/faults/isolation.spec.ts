import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GuardedApp } from '../../support/faults/guarded-app.js';
import { SQL_GUARDS } from '../../support/faults/grounds.js';
import { race, waitForOwner } from '../../support/faults/scenarios/races.js';
import { World } from '../../support/faults/world.js';

const REPEATABLE = {
  postgres: ['SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ'],
  mariadb: ['SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ', 'SET SESSION innodb_snapshot_isolation = ON'],
};

describe.each(['postgres', 'mariadb'] as const)('Sessions that repeat their reads by default, on %s', (database) => {
  let world: World;
  let one: GuardedApp;
  let other: GuardedApp;

  beforeAll(async () => {
    world = await World.make(database);
    const ground = { ...world.ground, session: REPEATABLE[database] };
    one = await world.local(SQL_GUARDS, { ground });
    other = await world.local(SQL_GUARDS, { ground });
  });
  afterAll(() => world.end());

  it.each(SQL_GUARDS)(`14 repeatable-read-traps: %s on ${database}`, async (guard) => {
    const trial = await world.trial(guard);
    await waitForOwner(world, trial, one, [other], 'go');
    expect([trial.count('handled'), trial.count('duplicate'), trial.count('failed')]).toEqual([1, 1, 0]);
    expect(await trial.violations(one)).toEqual([]);
  });
});

describe('Clients that count the rows that changed, and clients that count those that matched', () => {
  let world: World;
  let matched: GuardedApp;
  let changed: GuardedApp;

  beforeAll(async () => {
    world = await World.make('mariadb');
    matched = await world.local(SQL_GUARDS);
    changed = await world.local(SQL_GUARDS, { ground: { ...world.ground, countsChangedRows: true } });
  });
  afterAll(() => world.end());

  it.each(SQL_GUARDS)('22 found-rows-on-and-off: %s on mariadb', async (guard) => {
    for (const [first, second] of [[matched, changed] as const, [changed, matched] as const]) {
      const trial = await world.trial(guard);
      expect((await trial.settle(first)).kind).toBe('handled');
      expect((await trial.settle(second)).kind).toBe('duplicate');
      expect(await trial.violations(first)).toEqual([]);
    }
    const contended = await world.trial(guard);
    await race(contended, [matched, changed], 5);
    expect(await contended.violations(changed)).toEqual([]);
  });
});
