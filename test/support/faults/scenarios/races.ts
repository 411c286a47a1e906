import type { Passing } from '../failpoints.js';
import { blocked } from '../sessions.js';
import type { Trial } from '../trial.js';
import { until } from '../until.js';
import type { Worker } from '../worker.js';
import type { World } from '../world.js';

/** The same message many times at once, to each of several workers. One of them handles it, and no external call is made twice. */
export async function race(trial: Trial, workers: readonly Worker[], times: number): Promise<void> {
  await Promise.all(workers.flatMap((worker) => Array.from({ length: times }, () => trial.settle(worker))));
  const handled = trial.count('handled');
  if (handled !== 1) trial.violation(`handled ${handled} times`);
  const effects = await trial.effects();
  if (effects !== 1) trial.violation(`${effects} effects, and nobody had died`);
}

/** Others wait for an owner that has not committed. It fails, and one of them runs; or it commits, and they are told. */
export async function waitForOwner(
  world: World,
  trial: Trial,
  owner: Worker,
  waiters: readonly Worker[],
  how: Passing = 'fail',
): Promise<void> {
  const { delivery, outcome } = await trial.stopAt(owner, 'after-claim');
  const waiting = waiters.map((waiter) => trial.settle(waiter));
  await until('all others to wait', async () => {
    const ended = trial.count('handled') + trial.count('duplicate');
    return (await blocked(world)) + trial.count('waiting') + ended >= waiters.length;
  });
  if ((await trial.effects()) > 0) trial.violation('ran beside its owner');
  owner.pass(delivery, how);
  await outcome;
  await Promise.all(waiting);
}

/** While one has a message in hand, another is told to wait; then it is told that it was handled. */
export async function askBeside(trial: Trial, owner: Worker, other: Worker): Promise<void> {
  const { delivery, outcome } = await trial.stopAt(owner, 'after-claim');
  const asked = await trial.deliver(other);
  if (asked.kind !== 'waiting') trial.violation(`beside its owner it was ${asked.kind}`);
  owner.pass(delivery);
  if ((await outcome).kind !== 'handled') trial.violation('its owner did not handle it');
  const again = await trial.settle(other);
  if (again.kind !== 'duplicate') trial.violation(`after its owner it was ${again.kind}`);
}
