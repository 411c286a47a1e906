/** `green`: all is well. `yellow`: everything goes on, and somebody should look. `red`: nothing goes on, or not everywhere. */
export type HealthStatus = 'green' | 'yellow' | 'red';

/** Why health is not green. `docs/health.md` says what each one means, and what to do. */
export type HealthCode =
  | 'not-started'
  | 'starting'
  | 'rebalancing'
  | 'lease-lost'
  | 'crashed'
  | 'given-up'
  | 'stopped'
  | 'outage'
  | 'out-of-range'
  | 'undecodable'
  | 'paused'
  | 'not-fetched'
  | 'lanes-held'
  | 'keys-failing'
  | 'attempts-stuck'
  | 'commits-failing'
  | 'dead-letters'
  | 'sends-failing'
  | 'sends-waiting'
  | 'parked'
  | 'parked-unclaimed'
  | 'parking-failing'
  | 'parking-fenced'
  | 'parking-full'
  | 'outbox-failing'
  | 'outbox-dead'
  | 'event-loop-delayed';

/** What it is about, as far as it is about one thing. */
export interface HealthSubject {
  /** A backend, or a dead letter topic. */
  readonly backend?: string;
  readonly topic?: string;
  readonly partition?: number;
  /** Class and method. */
  readonly handler?: string;
}

/** One thing that keeps health from being green. It goes by itself when its cause is over. */
export interface HealthReason extends HealthSubject {
  readonly code: HealthCode;
  readonly status: 'yellow' | 'red';
  /** What is the matter, and the remedy. Holds neither keys, nor payloads, nor texts of errors: it may be shown to strangers. */
  readonly message: string;
  readonly since: Date;
}

export interface HealthReport {
  /** The worst of its reasons; green without one. */
  readonly status: HealthStatus;
  /** Red ones first, then in the order in which they arose; 20 at most. */
  readonly reasons: readonly HealthReason[];
  /** How many more there are. */
  readonly more: number;
}

/** What a module tells to those who do not know its classes: `ConsumerControl` does. */
export interface HealthTeller {
  health(): HealthReport;
}

/** The token of its provider; of the unnamed module without a name. */
export function healthToken(name?: string): symbol {
  return Symbol.for(`nestjs-reliable-kafka:health${name === undefined ? '' : `:${name}`}`);
}
