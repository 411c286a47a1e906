import type { CommitPolicy } from './commit-policy.js';
import type { OrderingSelector } from './ordering.js';
import type { Capacity } from './capacity.js';
import type { DeadLetterPolicy } from './dead-letter.js';
import type { ParkPolicy } from './parking.js';
import type { ConsumedRecord } from './record.js';
import type { RetryPolicy } from './retry.js';

/** One run of one handler on one record. */
export interface Attempt {
  readonly record: ConsumedRecord;
  /** The decoded value, decoded afresh for every attempt: a handler may change what it was given. */
  readonly payload: unknown;
  /** 1 for the first run. */
  readonly attempt: number;
  /** `undefined` where the handler orders by nothing. */
  readonly orderingKey: string | undefined;
  /** The records that wait in the same lane behind this one, as far as they were taken in. */
  behind(): Iterable<{ readonly record: ConsumedRecord; readonly payload: unknown }>;
  /** Aborts when the partition is lost, at the end of a drain, on shutdown, and when the attempt takes longer than its `timeout`. Made on first use: most handlers never look. */
  readonly signal: AbortSignal;
  /** Whether it has: to be asked by those who only want to know this, since a signal costs as much as a handler call. */
  readonly isAborted: boolean;
}

/** How an attempt ended. Anything but `handled` leaves the record without an outcome. */
export type AttemptResult =
  /** `reply`: an earlier attempt's, where this one had only to complete what that one did. */
  | { readonly kind: 'handled'; readonly reply?: Buffer }
  /** Proven handled before: an outcome without a run. `reply`: what was answered then. */
  | { readonly kind: 'duplicate'; readonly reply?: Buffer }
  /** A newer state is in place: an outcome without a run. */
  | { readonly kind: 'superseded' }
  /** Not now, since another holds it, or its predecessor is not there yet: waits `delay` milliseconds and counts no attempt. */
  | { readonly kind: 'waiting'; readonly reason: WaitReason; readonly delay: number }
  /** What becomes of it follows from the error's class; `fatal`: nothing but a dead letter, whatever the error looks like. */
  | { readonly kind: 'failed'; readonly error: unknown; readonly fatal?: boolean }
  /** The handler asked for another attempt, `delay` milliseconds from now (the backoff when absent). */
  | { readonly kind: 'released'; readonly delay?: number }
  /** The handler called the record terminal. */
  | { readonly kind: 'rejected'; readonly reason: string };

export type WaitReason = 'busy' | 'premature';

export const HANDLED: AttemptResult = Object.freeze({ kind: 'handled' });

/** A handler as the consumer sees it: which records it takes, in which order, and how to run it. */
export interface HandlerBinding {
  readonly topic: string | RegExp;
  /** The `@Handler` name, empty by default: with the group and the concrete topic, the handler's identity. */
  readonly name: string;
  /** Class and method, for logs and errors. */
  readonly label: string;
  readonly orderedBy: OrderingSelector;
  readonly commit: CommitPolicy;
  /** A place of it is taken for each attempt; a lane that finds none waits without a slot. */
  readonly capacity?: Capacity;
  /** Milliseconds for which its guard remembers what was handled; absent where nothing is forgotten. */
  readonly retention?: number;
  /** What is not said is the consumer's default. */
  readonly retry?: RetryPolicy;
  readonly deadLetter?: DeadLetterPolicy;
  readonly park?: ParkPolicy;
  /** Before a record is dead-lettered: its guard writes down that it was given up. May reject: then it is called again. */
  dying?(record: ConsumedRecord, payload: unknown): Promise<void>;
  /** Never rejects. Settles when the handler method's own promise has settled (and, for manual handlers, a wish was made). */
  invoke(attempt: Attempt): Promise<AttemptResult>;
}

/** Turns raw bytes into what selectors and handlers see. Awaited in offset order when it is asynchronous; a throw means undecodable. */
export type Decode = (record: ConsumedRecord) => unknown;
