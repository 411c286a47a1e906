import type { Capacity } from './capacity.js';
import type { EmitEvent } from './events.js';
import type { Attempt, AttemptResult } from './handler.js';
import type { InboxStore, LeaseStore } from './idempotency-store.js';
import type { Log } from './log.js';
import type { ConsumedRecord } from './record.js';

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
  /** Before a record is dead-lettered: writes down that it was given up, where the guard has a place for that. May reject: then it is called again. */
  dying?(record: ConsumedRecord, payload: unknown): Promise<void>;
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
