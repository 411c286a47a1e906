import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Child } from '../../support/faults/child.js';
import { Effect } from '../../support/faults/entities.js';
import type { GuardedApp } from '../../support/faults/guarded-app.js';
import { SQLITE } from '../../support/faults/grounds.js';
import { crash, crashUnderLease, INSTANTS } from '../../support/faults/scenarios/crash.js';
import { askBeside, race, waitForOwner } from '../../support/faults/scenarios/races.js';
import { takeOverTogether, waitForStopped, wakeBeside, wakeLate } from '../../support/faults/scenarios/zombies.js';
import { until } from '../../support/faults/until.js';
import { World } from '../../support/faults/world.js';

const [, GUARDS] = SQLITE;
/** Those that hold the only lock of the file while their handler runs: one of them at a time. */
const LOCKING = ['uniqueKey', 'uniqueKey-batch', 'versionGuard-next', 'statusGuard'];
const tuning = { lease: 1_500, lockTimeout: 200 };

let world: World;
let here: GuardedApp;

beforeAll(async () => {
  world = await World.make('sqlite');
  here = await world.local(GUARDS, { tuning });
});
afterAll(() => world.end());

const child = () => world.child(GUARDS, { tuning });

describe('A process that is killed', () => {
  it.each(['uniqueKey', 'statusGuard'])('1 crash-after-claim-before-effect: %s on sqlite', async (guard) => {
    const trial = await world.trial(guard);
    await crash([trial], await child(), here, INSTANTS.afterClaim);
    expect(await trial.violations(here)).toEqual([]);
  });

  it.each(LOCKING)('2 crash-after-effect-before-commit: %s on sqlite', async (guard) => {
    const trial = await world.trial(guard);
    await crash([trial], await child(), here, INSTANTS.afterEffect);
    expect(await trial.violations(here)).toEqual([]);
  });

  it.each(['uniqueKey', 'statusGuard-claim'])('3 crash-after-commit-before-ack: %s on sqlite', async (guard) => {
    const trial = await world.trial(guard);
    await crash([trial], await child(), here, INSTANTS.afterCommit);
    expect(await trial.violations(here)).toEqual([]);
  });

  it('4 crash-between-claim-and-done: statusGuard-claim on sqlite', async () => {
    const [before, after] = await world.trials(['statusGuard-claim', 'statusGuard-claim']);
    await crashUnderLease(
      [
        [before!, 'after-claim'],
        [after!, 'after-effect'],
      ],
      await child(),
      here,
    );
    for (const trial of [before!, after!]) expect(await trial.violations(here)).toEqual([]);
  });
});

describe('Three processes with the same message', () => {
  let there: readonly [Child, Child];
  beforeAll(async () => {
    there = await Promise.all([child(), child()]);
  });

  it.each(GUARDS)('8 n-way-race-same-key: %s on sqlite', async (guard) => {
    const trial = await world.trial(guard);
    await race(trial, [here, ...there], 10);
    expect(await trial.violations(here)).toEqual([]);
  });

  it.each(GUARDS)('9 owner-rolls-back-waiter-wins: %s on sqlite', async (guard) => {
    const trial = await world.trial(guard);
    await waitForOwner(world, trial, there[0], [there[1], here]);
    expect(trial.count('handled')).toBe(1);
    expect(await trial.violations(here)).toEqual([]);
  });

  it.each(GUARDS)('11 lock-wait-timeout: %s on sqlite', async (guard) => {
    const trial = await world.trial(guard);
    await askBeside(trial, there[0], here);
    expect(trial.count('failed')).toBe(0);
    expect(await trial.violations(here)).toEqual([]);
  });

  it.each(LOCKING)('13 stalled-open-tx: %s on sqlite', async (guard) => {
    const trial = await world.trial(guard);
    await waitForStopped(trial, there[0], here);
    expect(await trial.violations(here)).toEqual([]);
  });

  it('15 zombie-completes-late: statusGuard-claim on sqlite', async () => {
    const trial = await world.trial('statusGuard-claim');
    await wakeLate([trial], there[0], here, 'after-effect');
    expect(await trial.violations(here)).toEqual([]);
  });

  it.each([
    ['15 zombie-completes-late, while another is at work: statusGuard-claim on sqlite', 'go'],
    ['15 zombie-fails-late, while another is at work: statusGuard-claim on sqlite', 'fail'],
  ] as const)('%s', async (_, how) => {
    const trial = await world.trial('statusGuard-claim');
    await wakeBeside(trial, there[0], here, here, how);
    expect(await trial.violations(here)).toEqual([]);
  });

  it('16 zombie-write-fenced: statusGuard-claim on sqlite', async () => {
    const trial = await world.trial('statusGuard-claim');
    await wakeLate([trial], there[0], here, 'after-claim');
    const { fences, refused } = world.receiver.of(trial.message.id);
    expect([fences.length, refused]).toEqual([1, 1]);
  });

  it('17 orphan-recovery-race: statusGuard-claim on sqlite', async () => {
    const trial = await world.trial('statusGuard-claim');
    await takeOverTogether([trial], there[1], [here, there[0], here]);
    expect(trial.count('handled')).toBe(1);
    expect(await trial.violations(here)).toEqual([]);
  });
});

describe('Transactions that overlap in one process', () => {
  it.each(LOCKING)('25 sqlite-overlapping-tx: %s on sqlite: the first fails, the second stays', async (guard) => {
    const [first, second] = await world.trials([guard, guard]);
    const stopped = await first!.stopAt(here, 'after-effect');
    const settled = second!.settle(here);
    here.pass(stopped.delivery, 'fail');
    expect((await stopped.outcome).kind).toBe('failed');
    expect((await settled).kind).toBe('handled');
    expect([await first!.effects(), await second!.effects()]).toEqual([0, 1]);
  });

  it("25 sqlite-overlapping-tx: what the application writes beside a claim does not go with the claim's rollback", async () => {
    const trial = await world.trial('uniqueKey');
    const stopped = await trial.stopAt(here, 'after-effect');
    const row = { subject: 'application', message: trial.message.id };
    let isWritten = false;
    const write = () => world.probe!.manager.insert(Effect, row).then(() => (isWritten = true));
    await expect(write()).rejects.toThrow('locked');
    here.pass(stopped.delivery, 'fail');
    await stopped.outcome;
    await until('the write', () => write().catch(() => false));
    expect(isWritten).toBe(true);
    expect(await world.probe!.manager.countBy(Effect, row)).toBe(1);
    expect(await trial.effects()).toBe(0);
  });

  it('trap sqlite-busy-timeout: the process goes on while a claim waits for the lock of another', async () => {
    const owner = await world.child(['uniqueKey']);
    const [held, waiting] = await world.trials(['uniqueKey', 'uniqueKey']);
    const stopped = await held!.stopAt(owner, 'after-effect');
    const asked = waiting!.deliver(here);
    let turns = 0;
    const timer = setInterval(() => turns++, 10);
    expect((await asked).kind).toBe('waiting');
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
    owner.pass(stopped.delivery);
    await stopped.outcome;
    expect((await waiting!.settle(here)).kind).toBe('handled');
  });
});
