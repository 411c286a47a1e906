import type { Outcome } from '../outcome.js';
import type { Trial } from '../trial.js';
import type { Worker } from '../worker.js';
import type { World } from '../world.js';

/** A handler writes and fails: nothing of it may stay. */
export async function failAfterEffect(trial: Trial, worker: Worker): Promise<Outcome> {
  const delivery = trial.make('after-effect');
  const outcome = trial.deliver(worker, delivery);
  const ended = await Promise.race([outcome, worker.reached(delivery)]);
  if (!ended) worker.pass(delivery, 'fail');
  const kept = await outcome.then(() => trial.effects());
  if (kept > 0) trial.violation('an effect was kept that its claim was not');
  return outcome;
}

/** A call fails, as one of twenty does; the message is tried again, and must be sent in the end. */
export async function failingCall(world: World, trial: Trial, worker: Worker): Promise<void> {
  world.receiver.failNext(trial.message.id);
  await trial.settle(worker);
}
