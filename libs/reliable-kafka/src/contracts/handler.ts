import type { CommitPolicy } from './commit-policy.js';
import type { OrderingSelector } from './ordering.js';
import type { ConsumedRecord } from './record.js';

/** One run of one handler on one record. */
export interface Attempt {
  readonly record: ConsumedRecord;
  /** The decoded value, decoded afresh for every attempt: a handler may change what it was given. */
  readonly payload: unknown;
  /** 1 for the first run. */
  readonly attempt: number;
  /** `undefined` where the handler orders by nothing. */
  readonly orderingKey: string | undefined;
  /** Aborts when the partition is lost, at the end of a drain, and on shutdown. Made on first use: most handlers never look. */
  readonly signal: AbortSignal;
}

/** How an attempt ended. Anything but `handled` leaves the record without an outcome. */
export type AttemptResult =
  | { readonly kind: 'handled' }
  /** Tried again after the backoff; `fatal` failures would fail again and hold their lane instead. */
  | { readonly kind: 'failed'; readonly error: unknown; readonly fatal?: boolean }
  /** The handler asked for another attempt, `delay` milliseconds from now (the backoff when absent). */
  | { readonly kind: 'released'; readonly delay?: number }
  /** The handler called the record terminal. */
  | { readonly kind: 'rejected'; readonly reason: string };

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
  /** Never rejects. Settles when the handler method's own promise has settled (and, for manual handlers, a wish was made). */
  invoke(attempt: Attempt): Promise<AttemptResult>;
}

/** Turns raw bytes into what selectors and handlers see. Awaited in offset order when it is asynchronous; a throw means undecodable. */
export type Decode = (record: ConsumedRecord) => unknown;
