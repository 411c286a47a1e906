import { LOOK_ALIKES } from '../../../../libs/reliable-kafka/src/testing/contracts/keys.js';
import type { Trial } from '../trial.js';
import type { Worker } from '../worker.js';
import type { World } from '../world.js';

export const ALIKE = Object.keys(LOOK_ALIKES);

/** Two messages whose keys a column, a collation or a separator could take for one: both run. */
export async function alike(world: World, subject: string, worker: Worker, what: string): Promise<Trial[]> {
  const trials = await Promise.all(LOOK_ALIKES[what]!.map((key) => world.trial(subject, { key: `${what} ${key}` })));
  for (const trial of trials) await trial.settle(worker);
  return trials;
}
