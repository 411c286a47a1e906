import type { Child } from '../child.js';
import type { Failpoint } from '../message.js';
import type { Subject } from '../subject.js';
import type { Trial } from '../trial.js';
import type { Worker } from '../worker.js';

/** The instants of scenarios 1 to 3, where there is a transaction and where there is none. */
export const INSTANTS = {
  afterClaim: (): Failpoint => 'after-claim',
  afterEffect: ({ effect }: Subject): Failpoint => (effect === 'written' ? 'before-commit' : 'after-effect'),
  afterCommit: ({ effect }: Subject): Failpoint => (effect === 'written' ? 'after-commit' : 'after-completion'),
};

/** SIGKILL at an instant of all these messages; then they are delivered again, to somebody else. */
export async function crash(
  trials: readonly Trial[],
  victim: Child,
  heir: Worker,
  instant: (subject: Subject) => Failpoint,
): Promise<void> {
  await Promise.all(trials.map((trial) => trial.stopAt(victim, instant(trial.subject))));
  await victim.kill();
  await Promise.all(trials.map((trial) => trial.settle(heir)));
}

/** SIGKILL between claim and completion, before or after the effect. While the lease lasts a message is nobody's to acknowledge; then it runs. */
export async function crashUnderLease(
  trials: readonly (readonly [Trial, Failpoint])[],
  victim: Child,
  heir: Worker,
): Promise<void> {
  await Promise.all(trials.map(([trial, at]) => trial.stopAt(victim, at)));
  await victim.kill();
  await Promise.all(
    trials.map(async ([trial]) => {
      const early = await trial.deliver(heir);
      if (early.kind !== 'waiting') trial.violation(`under the lease of a dead owner it was ${early.kind}`);
      await trial.settle(heir);
    }),
  );
}
