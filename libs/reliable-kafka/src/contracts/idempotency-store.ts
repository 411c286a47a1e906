import type { Capacity } from './capacity.js';
import type { ConfigurationProblem } from './errors.js';
import type { Probe } from './failure.js';
import type { Log } from './log.js';

/** One message for one handler, as guards and their stores know it. */
export interface GuardKey {
  /** Whose claim it is: the group and the handler's identity, or the consumer that the user named. */
  readonly scope: string;
  readonly key: string;
  /** Of the fields that the user chose: a used key that comes with another fingerprint is another message. */
  readonly fingerprint: Buffer | undefined;
}

/** What a store answers to a claim. */
export type Claim =
  /** Ours. `recovered`: from an owner whose lease had lapsed. */
  | { readonly status: 'claimed'; readonly recovered?: boolean }
  /** Somebody else's, and not completed yet; worth asking again after so many milliseconds. */
  | { readonly status: 'busy'; readonly retryInMs: number }
  /** Completed within its retention. */
  | { readonly status: 'done'; readonly fingerprint: Buffer | undefined; readonly reply: Buffer | undefined };

/** How a store finds what the application has. */
export interface StoreContext {
  /** A provider of the application by its token. Throws when there is none. */
  resolve(token: unknown): unknown;
  readonly log: Log;
}

/**
 * What every store is: named, opened before the first record and closed after the last. With `backend` and `probe` it tells whether the database that
 * it is in is down; it is probed only while it is open.
 */
export interface IdempotencyStore extends Partial<Pick<Probe, 'backend' | 'probe'>> {
  /** What it can do: `'inbox'` claims commit with the handler's own effects; `'leases'` are held, renewed and completed. */
  readonly provides: 'inbox' | 'leases';
  /** For `store` of a guard, where there are several of a kind. */
  readonly name?: string;
  /** Answers what is wrong with it. Rejects when that cannot be found out now. */
  open(context: StoreContext): Promise<readonly ConfigurationProblem[]>;
  close(): Promise<void>;
}

/** Claims that are rows in the transaction of the handler's own effects: both are there, or neither is. */
export interface InboxStore extends IdempotencyStore {
  readonly provides: 'inbox';
  /** Transactions at once at most; others wait for it outside the store. */
  readonly capacity: Capacity;
  /**
   * Runs `work` in a transaction of its own, READ COMMITTED or stricter about nothing that makes a duplicate fail. Commits when its verdict says so,
   * rolls back when it does not or when it rejects. Resolves after the COMMIT; rejects when that is not acknowledged.
   */
  transaction<T>(work: (transaction: InboxTransaction) => Promise<Verdict<T>>): Promise<T>;
  /** A number that is higher at each call, over all processes: for `ctx.fencingToken`. Absent where the store has none. */
  nextFencingToken?(): Promise<bigint>;
}

export interface Verdict<T> {
  readonly commit: boolean;
  readonly value: T;
}

export interface InboxTransaction {
  /** Waits for whoever holds the same key in another transaction. `busy` when that takes too long; the transaction is of no further use then. */
  claim(key: GuardKey, retention: number): Promise<Claim>;
  /** As many claims in as few statements as the database allows. The keys are different; answers in their order. */
  claimAll(keys: readonly GuardKey[], retention: number): Promise<readonly Claim[]>;
  /** Takes back claims of this transaction. */
  disclaim(keys: readonly GuardKey[]): Promise<void>;
  /** Keeps a reply with the claim. */
  keepReply(key: GuardKey, reply: Buffer): Promise<void>;
  /** Runs `work` between a savepoint and its release; rolls back to it when the verdict is not to commit, or when `work` rejects. Not nested. */
  savepoint<T>(work: () => Promise<Verdict<T>>): Promise<T>;
  /** Runs the handler so that it finds the transaction. */
  within<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * Claims with an owner and a lease. Every transition compares the owner, and can be sent twice without harm: an answer may be lost after the
 * transition was made.
 */
export interface LeaseStore extends IdempotencyStore {
  readonly provides: 'leases';
  /** `lease` in ms, by the store's clock. An owner that asks again is told that it has the claim. */
  claim(key: GuardKey, owner: string, lease: number): Promise<Claim>;
  /** False: the lease is not this owner's any more. */
  renew(key: GuardKey, owner: string, lease: number): Promise<boolean>;
  /** `retention` in ms from now, by the store's clock. False: it is not this owner's any more, and not completed by it. */
  complete(key: GuardKey, owner: string, retention: number, reply: Buffer | undefined): Promise<boolean>;
  /** Gives up a claim that is this owner's, and no other. */
  release(key: GuardKey, owner: string): Promise<void>;
  /** What is completed, without a claim: for a store that answers for another one. `undefined`: nothing that is known here. */
  recall(key: GuardKey): Promise<Extract<Claim, { status: 'done' }> | undefined>;
  /** Notes as completed what another store has committed. */
  remember(key: GuardKey, retention: number, reply: Buffer | undefined): Promise<void>;
}
