import type { HandlerBinding } from './handler.js';
import type { ConsumedRecord } from './record.js';

/** Where the records of a handler go that cannot be handled. */
export interface DeadLetterPolicy {
  /** The dead letter topic. */
  readonly topic: string;
  /** The record keeps its place: its key is parked, and the later records of the key wait behind it until it is replayed or discarded. Default false. */
  readonly hold?: boolean;
}

/**
 * Why a record is dead.
 * - `attempts`: it failed as often as it may
 * - `fatal`: another attempt would fail, too
 * - `rejected`: the handler said so
 * - `undecodable`: it cannot be decoded, or has no ordering key
 * - `crashed`: the process went down with it, again and again
 */
export type DeathReason = 'attempts' | 'fatal' | 'rejected' | 'undecodable' | 'crashed';

/** A record that one handler is done with, for worse. */
export interface DeadRecord {
  readonly record: ConsumedRecord;
  readonly binding: Pick<HandlerBinding, 'name' | 'label'>;
  readonly reason: DeathReason;
  readonly error: unknown;
  /** Runs, as far as they were counted. */
  readonly attempts: number;
  readonly orderingKey: string | undefined;
  /** What the handler's guard recognizes it by, where that is known. */
  readonly guardKey?: string;
}

/** Where dead records go. */
export interface DeadLetterSink {
  /**
   * Resolves when the record is stored in the dead letter topic, and everybody who asked for it has been told; only then it has its outcome. Rejects
   * when one of the two did not succeed: it is called again then, so that copies may arise.
   */
  bury(dead: DeadRecord, policy: DeadLetterPolicy): Promise<void>;
}
