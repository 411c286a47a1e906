import type {
  AttemptResult,
  DeadLetterSink,
  DeadRecord,
  DeathReason,
  Decode,
  EmitEvent,
  HandlerBinding,
  RetryPolicy,
} from '../contracts/index.js';
import { AttemptTimeoutError, refOf, RejectedError, ReleasedError } from '../contracts/index.js';
import { afterFailure, classify, exponential, parkPolicyOf } from '../retry/index.js';
import type { Outages } from './outages.js';
import type { Task } from './task.js';

/** What becomes of an attempt that has no outcome. */
export type Verdict =
  /** Another attempt after `delay` ms, in the same lane; `counted`: this one counts. */
  | { readonly kind: 'again'; readonly delay: number; readonly counted: boolean }
  /** It stands in the dead letter topic: that is its outcome. */
  | { readonly kind: 'dead' }
  /** Its key is parked for `delay` ms; or stays parked for so long, since this was a round of it. */
  | { readonly kind: 'park' | 'postpone'; readonly delay: number; readonly error: unknown }
  /** Nothing of its lane runs before the epoch ends. */
  | { readonly kind: 'held' };

type Failed = Extract<AttemptResult, { kind: 'failed' | 'released' | 'rejected' }>;

const ATTEMPTS = 10;
const BACKOFF = exponential(200, { max: 30_000 });
/** Attempts that end in a conflict with another transaction are tried again so often before one counts. */
const CONFLICTS = 10;
const CONFLICT_BACKOFF = exponential(10, { max: 1_000, jitter: 1 });

/** As soon as what stopped the partition is over. */
const WHEN_OPEN: Verdict = { kind: 'again', delay: 0, counted: false };
const DEAD: Verdict = { kind: 'dead' };
const HELD: Verdict = { kind: 'held' };

export interface FailuresSetup {
  readonly defaults: RetryPolicy;
  readonly outages: Outages;
  /** Where dead records go, if the application has dead letter topics at all. */
  readonly deadLetters: DeadLetterSink | undefined;
  readonly decode: Decode;
  readonly emit: EmitEvent;
}

/** Turns failures into waiting, dead letters, or lanes that are held: never into an outcome that nobody has proven. */
export class Failures {
  constructor(private readonly setup: FailuresSetup) {}

  /** Never rejects. */
  async judge(task: Task, failed: Failed): Promise<Verdict> {
    if (task.death) return this.giveUp(task, task.death);
    if (failed.kind === 'rejected') return this.follow(task, 'rejected', new RejectedError(failed.reason));
    if (failed.kind === 'released')
      return this.follow(task, 'attempts', new ReleasedError('ctx.release()'), failed.delay);
    const error = asTimeout(task, failed.error);
    if (failed.fatal) return this.follow(task, 'fatal', error);
    const found = classify(error, this.policyOf(task.route.binding));
    switch (found.class) {
      case 'fatal':
        return this.follow(task, 'fatal', error);
      case 'conflict':
        if (task.conflicts++ < CONFLICTS)
          return { kind: 'again', delay: CONFLICT_BACKOFF(task.conflicts), counted: false };
        task.conflicts = 0;
        return this.follow(task, 'attempts', error);
      case 'infrastructure':
        if (await this.setup.outages.isDown(found.backend, task.epoch.session)) return WHEN_OPEN;
        return this.follow(task, 'attempts', error);
      default:
        return this.follow(task, 'attempts', error);
    }
  }

  /** The record cannot be given to the handler. Resolves when it is buried; not before, unless its epoch ends. */
  async buryUndecodable(task: Task, error: unknown): Promise<boolean> {
    task.death = { reason: 'undecodable', error };
    while (task.epoch.session.isCurrent(task.epoch)) {
      if ((await this.bury(task)) === DEAD) return true;
      await task.death.stopped;
    }
    return false;
  }

  /** `reason`: why it would be dead. */
  private follow(task: Task, reason: DeathReason, error: unknown, delay?: number): Verdict | Promise<Verdict> {
    const { binding } = task.route;
    const { attempts = ATTEMPTS, backoff = BACKOFF } = this.policyOf(binding);
    const { park } = binding;
    const { attempt, round } = task;
    const hasDeadLetter = binding.deadLetter !== undefined;
    const next = afterFailure({ attempt, attempts, round, isTerminal: reason !== 'attempts', park, hasDeadLetter });
    switch (next) {
      case 'dead':
      case 'hold':
        return this.giveUp(task, { reason, error });
      case 'again':
        return this.again(task, error, delay ?? backoff(attempt));
      default:
        return { kind: next, delay: delay ?? parkPolicyOf(park).backoff(round + 1), error };
    }
  }

  private giveUp(task: Task, death: Death): Verdict | Promise<Verdict> {
    const { binding } = task.route;
    if (!binding.deadLetter) {
      this.setup.emit({ type: 'lane-held', record: refOf(task.record), handler: binding.label, error: death.error });
      return HELD;
    }
    task.death = death;
    return this.bury(task);
  }

  private again(task: Task, error: unknown, delay: number): Verdict {
    if (!(error instanceof ReleasedError)) {
      const { label: handler } = task.route.binding;
      const { attempt } = task;
      this.setup.emit({
        type: 'attempt-failed',
        record: refOf(task.record),
        handler,
        attempt,
        error,
        retryInMs: delay,
      });
    }
    return { kind: 'again', delay, counted: true };
  }

  /** What stops it stops the partition, too: nothing may pass the record. */
  private async bury(task: Task): Promise<Verdict> {
    const death = task.death!;
    const { session } = task.epoch;
    const { topic } = task.route.binding.deadLetter!;
    const again = async () => {
      if (death.isBuried || !session.isCurrent(task.epoch)) return;
      await this.lay(task, death);
      death.isBuried = true;
    };
    try {
      await again();
    } catch (error) {
      death.stopped = this.setup.outages.begin(`dead letter topic ${topic}`, error, session, again);
      return WHEN_OPEN;
    }
    return DEAD;
  }

  private async lay(task: Task, { reason, error }: Death): Promise<void> {
    const { record, route, attempt: attempts, orderingKey } = task;
    const { binding } = route;
    const dead: DeadRecord = { record, binding, reason, error, attempts, orderingKey };
    const { label: handler } = binding;
    const { topic } = binding.deadLetter!;
    if (binding.dying && reason !== 'undecodable') await binding.dying(record, await this.setup.decode(record));
    await this.setup.deadLetters!.bury(dead, binding.deadLetter!);
    this.setup.emit({ type: 'dead-lettered', record: refOf(record), handler, topic, reason, error });
  }

  private policyOf({ retry }: HandlerBinding): RetryPolicy {
    return { ...this.setup.defaults, ...retry };
  }
}

/** Why a record is given up, and how far that has come. */
export interface Death {
  readonly reason: DeathReason;
  readonly error: unknown;
  isBuried?: boolean;
  /** Resolves when what kept it from being buried is over. */
  stopped?: Promise<void>;
}

/** What a handler throws when its signal aborts says little: the timeout is the failure. */
function asTimeout(task: Task, error: unknown): unknown {
  const reason: unknown = task.isAborted ? task.signal.reason : undefined;
  return reason instanceof AttemptTimeoutError ? Object.assign(reason, { cause: error }) : error;
}
