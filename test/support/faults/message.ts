/** What the guarded handlers of the fault matrix are sent. */
export interface Message {
  readonly id: string;
  /** For guards that read their key from the payload. */
  readonly key?: string;
  /** For `versionGuard`. */
  readonly version?: number;
  /** For fingerprints. */
  readonly amount?: number;
  /** The handler fails after its effect, each time. */
  readonly poisoned?: boolean;
}

/** Where a delivery can be stopped, in the order in which it gets there. */
export const FAILPOINTS = [
  'before-claim',
  'after-claim',
  'after-effect',
  'before-commit',
  'after-commit',
  'after-completion',
] as const;
export type Failpoint = (typeof FAILPOINTS)[number];

/** One record for one handler. Everything is plain, so that it can be told to another process. */
export interface Delivery {
  /** Of this delivery, not of the message: a message is delivered again. */
  readonly number: number;
  readonly subject: string;
  readonly message: Message;
  /** Deliveries with the same number here are attempts on one record that was fetched once. */
  readonly fetch: number;
  /** Which run on the record this is. */
  readonly attempt: number;
  /** Stops there until it is told to go on. */
  readonly at?: Failpoint;
  /** Default: the record carries the id of the message in its header. */
  readonly headers?: Record<string, string>;
  readonly offset?: number;
  readonly timestamp?: number;
}
