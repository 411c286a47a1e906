import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GuardedApp } from '../../support/faults/guarded-app.js';
import { MARIADB, places, POSTGRES } from '../../support/faults/grounds.js';
import { crash, INSTANTS } from '../../support/faults/scenarios/crash.js';
import { World } from '../../support/faults/world.js';

/** One process has a message of every guard in hand when it is killed. */
describe.each([POSTGRES, MARIADB])('A process that is killed, on %s', (database, guards) => {
  let world: World;
  let heir: GuardedApp;

  beforeAll(async () => {
    world = await World.make(database);
    heir = await world.local(guards);
  });
  afterAll(() => world.end());

  async function killedAt(instant: keyof typeof INSTANTS): Promise<Map<string, string[]>> {
    const trials = await world.trials(guards);
    await crash(trials, await world.child(guards), heir, INSTANTS[instant]);
    const found = new Map<string, string[]>();
    for (const trial of trials) found.set(trial.subject.name, await trial.violations(heir));
    return found;
  }

  describe('between claim and effect', () => {
    let found: Map<string, string[]>;
    beforeAll(async () => (found = await killedAt('afterClaim')));
    it.each(places(guards, database))('1 crash-after-claim-before-effect: %s on %s', (guard) => {
      expect(found.get(guard)).toEqual([]);
    });
  });

  describe('between effect and commit', () => {
    let found: Map<string, string[]>;
    beforeAll(async () => (found = await killedAt('afterEffect')));
    it.each(places(guards, database))('2 crash-after-effect-before-commit: %s on %s', (guard) => {
      expect(found.get(guard)).toEqual([]);
    });
  });

  describe('between commit and acknowledgement', () => {
    let found: Map<string, string[]>;
    beforeAll(async () => (found = await killedAt('afterCommit')));
    it.each(places(guards, database))('3 crash-after-commit-before-ack: %s on %s', (guard) => {
      expect(found.get(guard)).toEqual([]);
    });
  });
});
