import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DatabaseName } from './ground.js';
import type { GuardedApp } from './guarded-app.js';
import { failAfterEffect } from './scenarios/handlers.js';
import { ALIKE, alike } from './scenarios/keys.js';
import type { Trial } from './trial.js';
import { World } from './world.js';

const SUBJECTS = [
  'uniqueKey',
  'uniqueKey-own',
  'uniqueKey-batch',
  'uniqueKey-outside',
  'versionGuard-next',
  'versionGuard-next-outside',
  'versionGuard-latest',
  'statusGuard',
  'statusGuard-outside',
  'statusGuard-claim',
];

/** What messages and handlers may be like: scenarios that one process can tell. */
export function describeHandlers(database: DatabaseName): void {
  describe(`Messages and handlers of every kind, on ${database}`, () => {
    let world: World;
    let app: GuardedApp;

    beforeAll(async () => {
      world = await World.make(database);
      app = await world.local(SUBJECTS);
    });
    afterAll(() => world.end());

    it.each(ALIKE)(`21 look-alike-keys: uniqueKey on ${database}: %s`, async (what) => {
      for (const trial of await alike(world, 'uniqueKey-own', app, what)) {
        expect(trial.count('handled')).toBe(1);
        expect(await trial.violations(app)).toEqual([]);
      }
    });

    it(`23 zero-rows-classification: versionGuard-next on ${database}`, async () => {
      const trial = await world.trial('versionGuard-next');
      expect(await versions(trial, [1, 1, 3, 2, 3, 2])).toEqual([
        'handled',
        'duplicate',
        'waiting',
        'handled',
        'handled',
        'duplicate',
      ]);
      expect(await trial.effects()).toBe(3);
    });

    it(`23 zero-rows-classification: versionGuard-latest on ${database}`, async () => {
      const trial = await world.trial('versionGuard-latest');
      expect(await versions(trial, [5, 5, 3, 7])).toEqual(['handled', 'duplicate', 'superseded', 'handled']);
      expect(await trial.effects()).toBe(2);
    });

    it.each(['statusGuard', 'statusGuard-claim'])(`23 zero-rows-classification: %s on ${database}`, async (guard) => {
      const known = await world.trial(guard);
      const unknown = { ...known.make(), message: { id: 'nobody' } };
      expect(await app.deliver(unknown)).toMatchObject({ kind: 'failed', error: expect.stringContaining('nobody') });
      expect((await known.settle(app)).kind).toBe('handled');
      expect((await known.settle(app)).kind).toBe('duplicate');
    });

    it.each(['uniqueKey-outside', 'versionGuard-next-outside', 'statusGuard-outside'])(
      `24 repository-outside-tx: %s on ${database}`,
      async (guard) => {
        const trial = await world.trial(guard);
        const outcome = await failAfterEffect(trial, app);
        expect(outcome).toMatchObject({ kind: 'failed', error: expect.stringContaining('outside of it') });
        expect(await trial.effects()).toBe(0);
      },
    );

    it(`26 payload-mismatch: uniqueKey on ${database}`, async () => {
      const first = await world.trial('uniqueKey-own', { amount: 1 });
      const other = await world.trial('uniqueKey-own', { amount: 2, key: first.message.key });
      expect((await first.settle(app)).kind).toBe('handled');
      expect(await other.settle(app)).toMatchObject({ kind: 'failed', fatal: true });
      expect(await other.effects()).toBe(0);
    });

    it(`26 payload-mutated-by-handler: uniqueKey on ${database}`, async () => {
      const trial = await world.trial('uniqueKey-own');
      await trial.settle(app);
      expect(await trial.violations(app)).toEqual([]);
    });

    it(`28 batch-with-duplicate-and-poison: uniqueKey on ${database}`, async () => {
      const [one, other] = await batched(2);
      const poisoned = await world.trial('uniqueKey-batch', { poisoned: true });
      expect(await together([one!, poisoned, one!, other!])).toEqual(['handled', 'failed', 'duplicate', 'handled']);
      expect(await poisoned.effects()).toBe(0);
      for (const trial of [one!, other!]) expect(await trial.violations(app)).toEqual([]);
    });

    it(`trap insert-of-many: uniqueKey on ${database}: a used key in a batch keeps none of the new ones out`, async () => {
      const [used, ...fresh] = await batched(4);
      await used!.settle(app);
      expect(await together([fresh[0]!, used!, fresh[1]!, fresh[2]!])).toEqual([
        'handled',
        'duplicate',
        'handled',
        'handled',
      ]);
      for (const trial of fresh) expect(await trial.violations(app)).toEqual([]);
    });

    it(`trap rollback-to: uniqueKey on ${database}: one that fails in a batch takes no write of another with it`, async () => {
      const sound = await batched(3);
      const poisoned = await Promise.all([1, 2].map(() => world.trial('uniqueKey-batch', { poisoned: true })));
      await together([sound[0]!, poisoned[0]!, sound[1]!, poisoned[1]!, sound[2]!]);
      for (const trial of sound) expect(await trial.effects()).toBe(1);
      for (const trial of poisoned) expect(await trial.effects()).toBe(0);
    });

    it(`trap topic-made-anew: uniqueKey on ${database}: the same offsets, and other messages`, async () => {
      const [before, after] = await world.trials(['uniqueKey', 'uniqueKey']);
      const at = { headers: {}, offset: 7 };
      expect((await before!.settle(app, { ...at, timestamp: 1_000 })).kind).toBe('handled');
      expect((await after!.settle(app, { ...at, timestamp: 1_000 })).kind).toBe('handled');
      expect((await after!.settle(app, { ...at, timestamp: 2_000 })).kind).toBe('handled');
      expect((await before!.settle(app, { ...at, timestamp: 1_000 })).kind).toBe('duplicate');
    });

    const batched = (count: number) => world.trials(Array(count).fill('uniqueKey-batch'));

    /** What becomes of deliveries that come at once, and share a transaction. */
    async function together(batch: readonly Trial[]): Promise<string[]> {
      return (await Promise.all(batch.map((trial) => trial.deliver(app)))).map(({ kind }) => kind);
    }

    async function versions(trial: Trial, all: readonly number[]): Promise<string[]> {
      const kinds: string[] = [];
      for (const version of all) {
        const { kind } = await app.deliver({ ...trial.make(), message: { ...trial.message, version } });
        kinds.push(kind);
      }
      return kinds;
    }
  });

  describe(`A retention that ends, on ${database}`, () => {
    let world: World;
    afterAll(() => world.end());

    it(`27 retention-edge: uniqueKey on ${database}: remembered until it ends, and run again after it`, async () => {
      world = await World.make(database);
      const app = await world.local(['uniqueKey'], { tuning: { retention: 2_000 } });
      const trial = await world.trial('uniqueKey');
      expect((await trial.deliver(app)).kind).toBe('handled');
      expect((await trial.deliver(app)).kind).toBe('duplicate');
      while ((await trial.deliver(app)).kind === 'duplicate');
      expect(await trial.effects()).toBe(2);
    });

    it(`27 retention-edge: uniqueKey on ${database}: sweeps race with claims`, async () => {
      const brief = await world.local(['uniqueKey'], { tuning: { retention: 20, sweepEvery: 5 } });
      const long = await world.local(['uniqueKey'], { tuning: { sweepEvery: 5 } });
      const short = await world.trials(Array(40).fill('uniqueKey'));
      const kept = await world.trials(Array(40).fill('uniqueKey'));
      await Promise.all([
        ...short.flatMap((trial) => [trial.settle(brief), trial.settle(brief)]),
        ...kept.flatMap((trial) => [trial.settle(long), trial.settle(long)]),
      ]);
      expect([...short, ...kept].flatMap(({ outcomes }) => outcomes).filter(({ kind }) => kind === 'failed')).toEqual(
        [],
      );
      for (const trial of kept) expect(await trial.violations(long)).toEqual([]);
      for (const trial of short) expect(await trial.effects()).toBeGreaterThanOrEqual(1);
    });
  });
}
