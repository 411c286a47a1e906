import type { ConsumedRecord, DeadLetterPolicy, DeadLetterSink, DeadRecord } from '../../contracts/index.js';
import { refOf } from '../../contracts/index.js';
import { Burial } from './burial.js';
import { DeadLetterActionError, DeadLetterRefusedError } from './errors.js';
import { type WrittenLetter, writeLetter } from './letter.js';

/**
 * What is to be done when a record dies: a compensation, an alert. It is completed before the record's offset passes; when it rejects it is called again,
 * and after a crash it may be, too: let it bear that. It is called for one record at a time of each key, for many keys side by side.
 */
export type DeadLetterAction = (dead: DeadRecord, policy: DeadLetterPolicy) => unknown;

export interface DeadLetterOfficeSetup {
  readonly group: string;
  /** Resolves when the broker has acknowledged it. */
  readonly publish: (deadLetterTopic: string, letter: WrittenLetter) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Calls `fn` after `ms` milliseconds; the answer cancels it. */
  readonly after: (ms: number, fn: () => void) => () => void;
}

/** How long a step may take before the partition stops for it. */
const PATIENCE = 10_000;

/** Takes dead records: first the letter, once it is acknowledged the actions, each of them until it has succeeded once. */
export class DeadLetterOffice implements DeadLetterSink {
  private readonly actions = new Set<DeadLetterAction>();
  /** By the record, and the handler's name. */
  private readonly burials = new WeakMap<ConsumedRecord, Map<string, Burial>>();

  constructor(private readonly setup: DeadLetterOfficeSetup) {}

  /** The answer takes it back. */
  onDead(action: DeadLetterAction): () => void {
    this.actions.add(action);
    return () => void this.actions.delete(action);
  }

  async bury(dead: DeadRecord, policy: DeadLetterPolicy): Promise<void> {
    const { record, binding } = dead;
    const burial = this.burialOf(record, binding.name);
    const { topic } = policy;
    await this.inTime(
      burial.step('publish', () => this.publish(dead, policy)),
      () => new DeadLetterRefusedError(topic, `has not acknowledged a record for ${PATIENCE / 1000} s`),
    );
    for (const action of this.actions) {
      await this.inTime(
        burial.step(action, () => act(action, dead, policy)),
        () => new DeadLetterActionError(`An action of onDead takes more than ${PATIENCE / 1000} s for ${told(dead)}`),
      );
    }
  }

  private async publish(dead: DeadRecord, policy: DeadLetterPolicy): Promise<void> {
    const { group, now } = this.setup;
    await this.setup.publish(policy.topic, writeLetter(dead, policy, group, now()));
  }

  /** What takes longer goes on; the next try waits for it. */
  private inTime(step: Promise<void>, late: () => Error): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.setup.after(PATIENCE, () => reject(late()));
      step.then(resolve, reject).finally(cancel);
    });
  }

  private burialOf(record: ConsumedRecord, handler: string): Burial {
    let burials = this.burials.get(record);
    if (!burials) this.burials.set(record, (burials = new Map()));
    let burial = burials.get(handler);
    if (!burial) burials.set(handler, (burial = new Burial()));
    return burial;
  }
}

async function act(action: DeadLetterAction, dead: DeadRecord, policy: DeadLetterPolicy): Promise<void> {
  try {
    await action(dead, policy);
  } catch (cause) {
    throw new DeadLetterActionError(`An action of onDead failed for ${told(dead)}: ${String(cause)}`, { cause });
  }
}

function told({ record, binding }: DeadRecord): string {
  const { topic, partition, offset } = refOf(record);
  return `${topic}[${partition}]@${offset} (${binding.label})`;
}
