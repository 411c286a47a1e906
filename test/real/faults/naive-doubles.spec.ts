import { afterEach, describe, expect, it } from '@jest/globals';
import { realServices } from '../../services/index.js';
import type { DatabaseName } from '../../support/faults/ground.js';
import { crash, crashUnderLease } from '../../support/faults/scenarios/crash.js';
import { failAfterEffect, failingCall } from '../../support/faults/scenarios/handlers.js';
import { alike } from '../../support/faults/scenarios/keys.js';
import { loseReply } from '../../support/faults/scenarios/lost-replies.js';
import { race } from '../../support/faults/scenarios/races.js';
import { wakeBeside, wakeLate } from '../../support/faults/scenarios/zombies.js';
import { World, type WorldOptions } from '../../support/faults/world.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

const LOST = 'acknowledged as duplicate before its effect had happened';

/** The recipes that everybody knows, in the same scenarios as our guards: each must be found out. */
describe('A naive guard is found out', () => {
  let world: World;
  afterEach(() => world.end());

  async function made(subject: string, database?: DatabaseName, options?: WorldOptions) {
    world = await World.make(database, options);
    return { here: await world.local([subject]), trial: await world.trial(subject) };
  }

  it('1 crash-after-claim-before-effect: plain SET NX loses the message', async () => {
    const { here, trial } = await made('naive-plain-set-nx');
    await crash([trial], await world.child([trial.subject.name]), here, () => 'after-claim');
    expect(await trial.violations(here)).toContain(LOST);
  });

  it.each(['postgres', 'mariadb'] as const)(
    '1 crash-after-claim-before-effect: "0 rows: return" loses the message on %s',
    async (database) => {
      const { here, trial } = await made('naive-zero-rows-return', database);
      await crash([trial], await world.child([trial.subject.name]), here, () => 'after-claim');
      expect(await trial.violations(here)).toContain(LOST);
    },
  );

  it('trap status-recipe: "0 rows: return" loses the message whose call failed', async () => {
    const { here, trial } = await made('naive-zero-rows-return', 'postgres');
    await failingCall(world, trial, here);
    expect(await trial.violations(here)).toContain(LOST);
  });

  it('trap ask-first: a call that was on its way lands after the question, and there are two', async () => {
    const { here, trial } = await made('naive-ask-first', 'postgres');
    await wakeLate([trial], await world.child([trial.subject.name]), here, 'after-claim');
    expect(await trial.violations(here)).toContain('duplicated: 2 effects at a receiver that de-duplicates');
  });

  it.each(['postgres', 'mariadb'] as const)(
    '2 crash-after-effect-before-commit: a repository outside the transaction doubles the effect on %s',
    async (database) => {
      const { here, trial } = await made('naive-repository-outside', database);
      await crash([trial], await world.child([trial.subject.name]), here, () => 'after-effect');
      expect(await trial.violations(here)).toContain('duplicated: written 2 times');
    },
  );

  it('4 crash-between-claim-and-done: skipping on BUSY loses the message', async () => {
    const { here, trial } = await made('naive-skip-on-busy');
    await crashUnderLease([[trial, 'after-claim']], await world.child([trial.subject.name]), here);
    expect(await trial.violations(here)).toContain(LOST);
  });

  it('5 lost-claim-reply: plain SET NX loses the message', async () => {
    const { port, url } = realServices().redis;
    const proxy = await TcpProxy.start(port);
    const { here, trial } = await made('naive-plain-set-nx', undefined, {
      redis: url.replace(`:${port}`, `:${proxy.port}`),
    });
    world.onEnd(() => proxy.stop());
    await (await world.trial(trial.subject.name)).settle(here);
    await loseReply(trial, here, proxy, 'before-claim');
    expect(await trial.violations(here)).toContain(LOST);
  });

  it('8 n-way-race-same-key: skipping on BUSY acknowledges what another has only begun', async () => {
    const { here, trial } = await made('naive-skip-on-busy');
    await race(trial, [here], 10);
    expect(await trial.violations(here)).toContain(LOST);
  });

  it('15 zombie-fails-late: an unconditional DEL lets two run at once', async () => {
    const { here, trial } = await made('naive-unconditional-del');
    await wakeBeside(trial, await world.child([trial.subject.name]), here, here, 'fail');
    expect(await trial.violations(here)).toContain('beside the owner of the claim it was handled');
  });

  it('21 look-alike-keys: INSERT IGNORE takes them for one, and loses a message', async () => {
    const { here } = await made('naive-insert-ignore', 'mariadb');
    for (const what of [
      'long keys that differ at their end',
      'keys that differ in case',
      'keys that differ in trailing spaces',
    ]) {
      const [first, second] = await alike(world, 'naive-insert-ignore', here, what);
      expect(await first!.violations(here)).toEqual([]);
      expect(await second!.violations(here)).toContain(LOST);
    }
  });

  it.each(['postgres', 'mariadb'] as const)(
    '24 repository-outside-tx: a repository outside the transaction keeps what was rolled back on %s',
    async (database) => {
      const { here, trial } = await made('naive-repository-outside', database);
      await failAfterEffect(trial, here);
      expect(await trial.violations(here)).toContain('an effect was kept that its claim was not');
    },
  );
});
