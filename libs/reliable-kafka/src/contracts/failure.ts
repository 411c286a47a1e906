import type { ConfigurationProblem } from './errors.js';
import type { StoreContext } from './idempotency-store.js';

/**
 * What a failure asks for.
 * - `retriable`: another attempt, which is counted
 * - `fatal`: nothing; the same record must fail again
 * - `conflict`: another attempt soon; another transaction was in the way, and nothing was done
 * - `infrastructure`: patience; a backend is down, and no attempt is counted while its probe says so
 */
export type ErrorClass = 'retriable' | 'fatal' | 'conflict' | 'infrastructure';

/** What handlers depend on, and a probe tells of. A name of your own is fine: `'ledger'`. */
export type Backend = 'database' | 'redis' | 'kafka' | (string & {});

/**
 * Which errors are meant: a class of errors, a name or a code (`'EntityNotFoundError'`, `'23505'`), or a function that says yes. A function that
 * throws says no.
 */
export type ErrorMatcher = (abstract new (...args: any[]) => Error) | string | ((error: unknown) => boolean);

/**
 * Each list is asked about an error and about what it was caused by. `fatal` first, then `retriable`, then `infrastructure`; what none of them knows is
 * classed by the built-in rules.
 */
export interface ErrorClassRules {
  readonly fatal?: readonly ErrorMatcher[];
  readonly retriable?: readonly ErrorMatcher[];
  /** All probes are asked about these: throw an `InfrastructureError` with a `backend` to have one asked. */
  readonly infrastructure?: readonly ErrorMatcher[];
}

export interface Classified {
  readonly class: ErrorClass;
  /** Of class `infrastructure`: whose probes are asked. Absent: nobody can tell, so all are. */
  readonly backend?: Backend;
}

/** Tells whether a backend is down, whatever became of the connections that the application has. */
export interface Probe {
  readonly backend: Backend;
  /** Once, at start: answers what is wrong with the probe itself, which would otherwise look like a backend that is down. */
  open?(context: StoreContext): Promise<readonly ConfigurationProblem[]>;
  /** Over a connection of its own. Resolves when the backend works; rejects when it does not, within some seconds. */
  probe(): Promise<void>;
}
