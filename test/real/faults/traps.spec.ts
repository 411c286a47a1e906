import { afterEach, describe, expect, it } from '@jest/globals';
import { failingCall } from '../../support/faults/scenarios/handlers.js';
import { wakeLate } from '../../support/faults/scenarios/zombies.js';
import { World } from '../../support/faults/world.js';

const MANY = 256;

describe.each(['postgres', 'mariadb'] as const)('Traps that were found by experiment, on %s', (database) => {
  let world: World;
  afterEach(() => world.end());

  it(`trap pool-exhaustion: uniqueKey on ${database}: ${MANY} claims on a pool of ten come to their ends`, async () => {
    world = await World.make(database);
    const app = await world.local(['uniqueKey'], { ground: { ...world.ground, poolSize: 10 } });
    const trials = await world.trials(Array(MANY).fill('uniqueKey'));
    const outcomes = await Promise.all(trials.map((trial) => trial.deliver(app)));
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['handled']));
  });

  it(`trap pool-exhaustion: uniqueKey on ${database}: handlers that want a second connection are refused it, and none hangs`, async () => {
    world = await World.make(database);
    const app = await world.local(['uniqueKey-outside'], { ground: { ...world.ground, poolSize: 10 } });
    const trials = await world.trials(Array(MANY).fill('uniqueKey-outside'));
    const outcomes = await Promise.all(trials.map((trial) => trial.deliver(app)));
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['failed']));
    expect(outcomes[0]).toMatchObject({ error: expect.stringContaining('OutsideTransactionError') });
  });

  it(`trap status-recipe: statusGuard-claim on ${database}: a call that fails is made again`, async () => {
    world = await World.make(database);
    const app = await world.local(['statusGuard-claim']);
    const trial = await world.trial('statusGuard-claim');
    await failingCall(world, trial, app);
    expect(trial.outcomes.map(({ kind }) => kind)).toEqual(['failed', 'handled']);
    expect(await trial.violations(app)).toEqual([]);
  });

  it(`trap ask-first: statusGuard-claim on ${database}: a late call is one effect, since it has the same key`, async () => {
    world = await World.make(database);
    const tuning = { lease: 1_000 };
    const [app, zombie] = await Promise.all([
      world.local(['statusGuard-claim'], { tuning }),
      world.child(['statusGuard-claim'], { tuning }),
    ]);
    const trial = await world.trial('statusGuard-claim');
    await wakeLate([trial], zombie, app, 'after-claim');
    expect(await trial.effects()).toBe(2);
    expect(await trial.violations(app)).toEqual([]);
  });

  it(`trap tokens-that-repeat: setNx on redis and ${database}: fencing tokens rise over owners and restarts`, async () => {
    world = await World.make(database);
    const tokens: number[] = [];
    for (let restart = 0; restart < 3; restart++) {
      const app = await world.local(['setNx']);
      for (const trial of await world.trials(['setNx', 'setNx'])) {
        await trial.settle(app);
        tokens.push(...world.receiver.of(trial.message.id).fences);
      }
    }
    expect(tokens).toHaveLength(6);
    expect(tokens).toEqual([...new Set(tokens)].toSorted((a, b) => a - b));
  });
});
