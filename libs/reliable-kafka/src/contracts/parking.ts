import type { ConfigurationProblem } from './errors.js';
import { ReliableKafkaError } from './errors.js';
import type { RecordRef } from './events.js';
import type { Probe } from './failure.js';
import type { StoreContext } from './idempotency-store.js';
import type { ConsumedRecord } from './record.js';
import type { Backoff } from './retry.js';
import type { TopicPartition } from './topic-partition.js';
import { partitionName } from './topic-partition.js';

/** How a key is parked that cannot be handled now, so that the other keys and the watermark move on. */
export interface ParkPolicy {
  /** Milliseconds until a round begins, by its number; the first is 1. Default `exponential(60_000, { max: 3_600_000 })`. */
  readonly backoff?: Backoff;
  /** Rounds until the record that fails is dead-lettered. Default 10. Without a dead letter topic it bounds nothing. */
  readonly rounds?: number;
  /** Records of one key in the store; beyond it the lane waits. Default 1,000. */
  readonly maxPerKey?: number;
}

/** The parked keys of a partition, for one group. */
export interface ParkedPartition extends TopicPartition {
  readonly group: string;
}

/** Whoever took a partition's parked keys over last. Every transition compares it, and refuses all earlier ones with a `ParkingFencedError`. */
export interface ParkingOwner extends ParkedPartition {
  /** Higher with each owner. */
  readonly epoch: bigint;
}

/** One key of one handler, in a partition. */
export interface ParkedKey {
  /** The handler's name: its identity, with the group and the topic. */
  readonly handler: string;
  /** The ordering key, as the store has it: `parkedKeyText`. */
  readonly key: string;
}

export interface ParkedRecord {
  readonly record: ConsumedRecord;
  /** Empty but for dead letters on their way back. */
  readonly replayId: string;
  /** Its runs before it was parked. */
  readonly attempts: number;
  /** Its dead letter is published, and held its key: it is not run, and done with when its turn comes. */
  readonly isDead?: boolean;
}

/** What a new owner finds. */
export interface ParkedState {
  readonly owner: ParkingOwner;
  readonly keys: readonly (ParkedKey & { readonly records: number })[];
  /** Records of the log that have a row, parked or done with, from the position on: when they come again, they have their outcome. */
  readonly known: readonly { readonly handler: string; readonly offset: bigint; readonly timestamp: string }[];
}

/** A key whose next round is due. */
export interface DueKey extends ParkedKey {
  readonly owner: ParkingOwner;
  readonly first: ParkedRecord;
  /** Rounds so far of this record. */
  readonly rounds: number;
  /** The last one of them began, and nobody knows its end. */
  readonly isUnclean: boolean;
}

/** A parked key as operators see it. */
export interface ParkedKeyReport extends ParkedPartition, ParkedKey {
  readonly records: number;
  /** Absent: it is held until its dead letter is replayed or discarded. */
  readonly due?: Date;
  readonly rounds: number;
  /** What the last failure was. */
  readonly reason: string;
}

/** A dead letter on its way back into the lane of its key. */
export interface Replay {
  readonly group: string;
  /** The handler's name: its identity, with the group and the topic. */
  readonly handler: string;
  /** The ordering key. Absent: the record has none, and runs beside all others. */
  readonly key: string | undefined;
  /** With its original coordinates. */
  readonly record: ConsumedRecord;
  /** The same for every copy of one replay: what is inserted twice is there once. At most 100 characters. */
  readonly replayId: string;
}

/** A key that a dead letter holds. */
export interface HeldKey extends Pick<Replay, 'group' | 'handler' | 'key'> {
  readonly record: RecordRef;
}

/**
 * Where parked keys wait: durable, and shared by all instances. What a method does, it has done when it resolves, and it can be called again when its
 * answer was lost. Those that take an owner do all of it under the partition's lock, after they have compared the owner.
 */
export interface ParkingStore extends Probe {
  /** Milliseconds between two looks at what is due. */
  readonly lookEvery: number;
  /** Answers what is wrong with it. Rejects when that cannot be found out now. */
  open(context: StoreContext): Promise<readonly ConfigurationProblem[]>;
  close(): Promise<void>;

  /** Makes a new owner, and answers what is parked. `position`: where its log begins. */
  takeOver(partition: ParkedPartition, position: bigint): Promise<ParkedState>;
  /** Whether nobody has taken over since. */
  owns(owner: ParkingOwner): Promise<boolean>;
  /** The log is read again from `position` on: forgets every row of these offsets. */
  rewind(owner: ParkingOwner, position: bigint): Promise<ParkedState>;
  /**
   * Puts records, of rising offsets, behind those of the key; a key that is not parked yet is parked, and due in `retryIn` ms. What is there already stays
   * as it is. Answers how many records of the key are parked.
   */
  park(owner: ParkingOwner, key: ParkedKey, records: readonly ParkedRecord[], until: ParkedUntil): Promise<number>;
  /** Parks the key without a due time, behind a record whose dead letter is published. Answers how many records of the key are parked. */
  hold(owner: ParkingOwner, key: ParkedKey, dead: ParkedRecord, reason: string): Promise<number>;
  /** Keys whose next round is due, the longest due first, as far as they are not held. A hint: `take` says whether it is so. */
  due(owners: readonly ParkingOwner[], atMost: number): Promise<readonly DueKey[]>;
  /** A round begins with the key's first record: it is counted, and the next one is due in `retryIn` ms. False: that is not its first record, or it is not due. */
  take(owner: ParkingOwner, key: ParkedKey, first: ParkedRecord, retryIn: number): Promise<boolean>;
  /**
   * The record is done with. Answers the next one, with which the round goes on, as `take` does; without one the key is not parked any more.
   */
  settle(owner: ParkingOwner, key: ParkedKey, done: ParkedRecord, retryIn: number): Promise<ParkedRecord | undefined>;
  /** The round is over; the next one is due in `retryIn` ms. */
  postpone(owner: ParkingOwner, key: ParkedKey, until: ParkedUntil): Promise<void>;
  /** Forgets what is done with below the offset that the broker has acknowledged as committed. */
  sweep(owner: ParkingOwner, committed: bigint): Promise<void>;

  /** Puts dead letters into the lanes of their keys, in the order given; whoever owns the partition runs them. A key that one of them holds goes on. */
  replay(replays: readonly Replay[]): Promise<void>;
  /** The dead letter that holds the key is discarded: the key goes on. False: it does not hold it. */
  releaseKey(held: HeldKey): Promise<boolean>;
  /** The keys that are parked, of one group or of all, so many at most. */
  list(group: string | undefined, atMost: number): Promise<readonly ParkedKeyReport[]>;
  /** Calls `fn` when keys have become due by what this process did. The answer takes that back. */
  whenChanged(fn: () => void): () => void;
}

/** What is written down with a key that is parked. */
export interface ParkedUntil {
  /** Milliseconds until its next round is due. */
  readonly retryIn: number;
  /** What the failure was. */
  readonly reason: string;
}

/** Another process has taken the partition's parked keys over, or a later assignment of this one: what was asked for was not done. */
export class ParkingFencedError extends ReliableKafkaError {
  override readonly name = 'ParkingFencedError';
  constructor({ topic, partition, epoch }: ParkingOwner) {
    super(
      `The parked keys of ${partitionName(topic, partition)} have another owner since: epoch ${epoch} is over, and nothing was done`,
    );
  }
}
