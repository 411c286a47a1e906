import type { Child } from '../child.js';
import type { Passing } from '../failpoints.js';
import type { Failpoint } from '../message.js';
import type { Trial } from '../trial.js';
import type { Worker } from '../worker.js';

/** An owner stands still (SIGSTOP) until somebody else has handled its messages, and wakes: its own end must not count. */
export async function wakeLate(
  trials: readonly Trial[],
  zombie: Child,
  heir: Worker,
  at: Failpoint,
  how: Passing = 'go',
): Promise<void> {
  const stopped = await Promise.all(trials.map((trial) => trial.stopAt(zombie, at)));
  zombie.stop();
  await Promise.all(
    trials.map(async (trial) => {
      const taken = await trial.settle(heir);
      if (taken.kind !== 'handled') trial.violation(`the heir of a stopped owner found it ${taken.kind}`);
    }),
  );
  for (const { delivery } of stopped) zombie.pass(delivery, how);
  zombie.resume();
  for (const [i, { outcome }] of stopped.entries())
    if ((await outcome).kind === 'handled') trials[i]!.violation('a late owner passed for the one that handled it');
}

/** An owner stands still in a transaction that nobody can end from outside: its message waits for it. */
export async function waitForStopped(trial: Trial, stopped: Child, other: Worker): Promise<void> {
  const { delivery, outcome } = await trial.stopAt(stopped, 'after-effect');
  stopped.stop();
  const asked = await trial.deliver(other);
  if (asked.kind !== 'waiting') trial.violation(`beside a stopped owner it was ${asked.kind}`);
  stopped.pass(delivery);
  stopped.resume();
  if ((await outcome).kind !== 'handled') trial.violation('a stopped owner did not go on');
  await trial.settle(other);
}

/** An owner wakes and ends while its heir is at work: the heir's claim must stand. */
export async function wakeBeside(
  trial: Trial,
  zombie: Child,
  heir: Worker,
  third: Worker,
  how: Passing,
): Promise<void> {
  const stopped = await trial.stopAt(zombie, 'after-claim');
  zombie.stop();
  const taken = await trial.stopAtLast(heir, 'after-claim');
  zombie.pass(stopped.delivery, how);
  zombie.resume();
  if ((await stopped.outcome).kind === 'handled') trial.violation('a late owner handled what was taken over');
  const other = await trial.deliver(third);
  if (other.kind !== 'waiting') trial.violation(`beside the owner of the claim it was ${other.kind}`);
  if (taken.delivery) heir.pass(taken.delivery);
  else trial.violation('its heir never ran');
  await taken.outcome;
}

/** An owner has died, and several find its claims lapsed at once: one takes each over, and the others wait for it. */
export async function takeOverTogether(
  trials: readonly Trial[],
  dying: Child,
  heirs: readonly Worker[],
): Promise<void> {
  await Promise.all(trials.map((trial) => trial.stopAt(dying, 'after-claim')));
  await dying.kill();
  await Promise.all(trials.map((trial) => takeOver(trial, heirs)));
}

async function takeOver(trial: Trial, heirs: readonly Worker[]): Promise<void> {
  let running = 0;
  await Promise.all(
    heirs.map(async (heir, i) => {
      const taken = await trial.stopAtLast(heir, 'after-claim');
      if (!taken.delivery) return;
      if (++running > 1) trial.violation('two took over one claim');
      const other = await trial.deliver(heirs[(i + 1) % heirs.length]!);
      if (other.kind !== 'waiting') trial.violation(`beside the owner of the claim it was ${other.kind}`);
      running--;
      heir.pass(taken.delivery);
      await taken.outcome;
    }),
  );
}
