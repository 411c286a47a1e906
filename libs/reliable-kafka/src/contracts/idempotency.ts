import type { Attempt, AttemptResult } from './handler.js';
import type { EmitEvent } from './events.js';
import type { ConfigurationProblem } from './errors.js';
import type { Log } from './log.js';
import type { ConsumedRecord } from './record.js';

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

/** What every store is: named, opened before the first record and closed after the last. */
export interface IdempotencyStore {
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
  /** Runs `work` between a savepoint and its release; rolls back to it when the verdict is not to commit, or when `work` rejects. */
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

/** A bound on how much of something is going on at once. Whoever finds it full waits without holding anything. */
export interface Capacity {
  /** Takes a place. False: there is none, see `whenFree`. */
  tryTake(): boolean;
  release(): void;
  /** Calls `fn` once when there may be a place again; first come, first called. The answer cancels it. */
  whenFree(fn: () => void): () => void;
}

/** What a guard tells a handler of its claim, through `ctx`. */
export interface ClaimTold {
  /** Taken over from an owner that had not completed it: nobody knows how far that one came. */
  readonly recovered?: boolean;
  readonly fencingToken?: bigint;
  /** Aborts when the claim is lost. */
  readonly signal?: AbortSignal;
}

/** A handler's run under a claim. */
export interface Executed {
  readonly result: AttemptResult;
  /** What the handler returned. */
  readonly value: unknown;
  /** What it answers to a request, to be stored with the claim. */
  readonly reply: Buffer | undefined;
}

/** One attempt, as a guard is given it. */
export interface GuardedCall {
  readonly attempt: Attempt;
  /** Runs the handler. Never rejects; settles when the handler's own promise has. The effects are to be kept only when the result is `handled`. */
  execute(claim: ClaimTold): Promise<Executed>;
}

/** A guard at work for one handler. */
export interface OpenGuard {
  /** A place is taken for each run, before it starts. */
  readonly capacity?: Capacity;
  /** Claims, executes, completes. May reject: then there is no outcome. */
  run(call: GuardedCall): Promise<AttemptResult>;
}

/** Where a guard is to work. */
export interface GuardSetting {
  /** Class and method, for errors and logs. */
  readonly label: string;
  /** The scope of its keys, by the record's concrete topic. */
  scopeOf(record: ConsumedRecord): string;
  /** The store of a kind, by the name that a guard asks for; the first of its kind without one. */
  store(provides: 'inbox', name?: string): InboxStore | undefined;
  store(provides: 'leases', name?: string): LeaseStore | undefined;
  /** A provider of the application by its token. */
  resolve(token: unknown): unknown;
  readonly emit: EmitEvent;
  readonly log: Log;
}

/**
 * A deduplication guard, as `@Idempotent` takes it: decides whether a handler runs on a record, and makes its claim, its effects and its outcome fit
 * together. Not Nest's `CanActivate`.
 */
export interface IdempotencyGuard {
  /** As its users write it, for errors: `uniqueKey`. */
  readonly name: string;
  /** Whether the handler runs inside the guard's transaction: only then there is something for `@Tx()`. */
  readonly transactional: boolean;
  /** The scope that the user named. Absent: the group and the handler's identity. */
  readonly consumer?: string;
  /** What a duplicate request is answered. Absent: the guard cannot stand before a `@MessagePattern`. */
  readonly reply?: 'replay' | 'error';
  /** Milliseconds for which a completed key is remembered; absent where rows of the application itself are the memory. */
  readonly retention?: number;
  /** What is wrong with its options. */
  problems(): readonly { readonly what: string; readonly remedy: string }[];
  /** Once, when the application is bootstrapped and its stores are open. */
  open(setting: GuardSetting): Promise<OpenGuard>;
}

/** Fifteen days. */
export const DEFAULT_RETENTION = 15 * 24 * 60 * 60 * 1000;
