import type { Backend } from './failure.js';
import type { CommitFailureReason } from './source.js';

/** The base of every error that this library throws itself. */
export class ReliableKafkaError extends Error {
  override readonly name: string = 'ReliableKafkaError';
}

/** One thing that is wrong with the configuration: where, what, and what to do about it. */
export interface ConfigurationProblem {
  /** Class and method, option path, or topic. */
  readonly where: string;
  readonly what: string;
  readonly remedy: string;
}

/** Start-up is refused. Lists every problem that was found, not the first only. */
export class ConfigurationError extends ReliableKafkaError {
  override readonly name = 'ConfigurationError';
  constructor(readonly problems: readonly ConfigurationProblem[]) {
    super(
      `nestjs-reliable-kafka cannot start (${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}):\n` +
        problems.map(({ where, what, remedy }) => `  - ${where}: ${what}. ${remedy}`).join('\n'),
    );
  }
}

/** The broker did not acknowledge a commit, or it belongs to an assignment that is over. */
export class CommitFailedError extends ReliableKafkaError {
  override readonly name = 'CommitFailedError';
  constructor(
    readonly reason: CommitFailureReason,
    options?: ErrorOptions,
  ) {
    super(`The offsets were not committed: ${reason}`, options);
  }
}

/** Throw it from a handler when another attempt cannot help: the record is treated as terminal. */
export class FatalError extends ReliableKafkaError {
  override readonly name: string = 'FatalError';
}

/** An attempt took longer than the `timeout` of its `@Retry`. `cause`: what the handler threw when its signal aborted. */
export class AttemptTimeoutError extends ReliableKafkaError {
  override readonly name = 'AttemptTimeoutError';
  constructor(handler: string, timeout: number, options?: ErrorOptions) {
    super(`${handler} took longer than the ${timeout} ms of its timeout`, options);
  }
}

/** The handler called its record terminal: `ctx.reject(reason)`. */
export class RejectedError extends ReliableKafkaError {
  override readonly name = 'RejectedError';
}

/** The process went down while the record was handled, more than once: it is not given to a handler any more. */
export class CrashedError extends ReliableKafkaError {
  override readonly name = 'CrashedError';
  constructor(readonly crashes: number) {
    super(
      `${crashes} processes went down while they handled this record. Look for their last words: memory, native code, process.exit, a signal. ` +
        'Then replay its dead letter; or, where there is no dead letter topic, add one (@DeadLetter), or seek to its offset (ConsumerControl.seek) to have it tried again',
    );
  }
}

/** The handler asked for one attempt too many: `ctx.release()`. */
export class ReleasedError extends ReliableKafkaError {
  override readonly name = 'ReleasedError';
}

/**
 * A backend did not do what it was asked, and the record has no part in that. Throw it from a handler, or from a store of your own: while a probe of the
 * `backend` agrees, the partition is paused and no attempt is counted. Without a probe it is a failure as any other.
 */
export class InfrastructureError extends ReliableKafkaError {
  override readonly name: string = 'InfrastructureError';
  /** Absent: all probes are asked. */
  readonly backend?: Backend;
  constructor(message?: string, { backend, ...options }: ErrorOptions & { readonly backend?: Backend } = {}) {
    super(message, options);
    if (backend !== undefined) this.backend = backend;
  }
}
