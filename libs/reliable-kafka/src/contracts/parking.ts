import type { ConfigurationProblem } from './errors.js';
import type { StoreContext } from './idempotency-store.js';
import type { ConsumedRecord } from './record.js';
import type { Backoff } from './retry.js';

/** How a key is parked that cannot be handled now, so that the other keys and the watermark move on. */
export interface ParkPolicy {
  /** Milliseconds until the next round, by the number of rounds so far. Default `exponential(60_000, { max: 3_600_000 })`. */
  readonly backoff?: Backoff;
  /** Rounds until the record that fails is dead-lettered. Default 10. Without a dead letter topic it bounds nothing. */
  readonly rounds?: number;
  /** Records of one key in the store; beyond it the lane waits. Default 1,000. */
  readonly maxPerKey?: number;
}

/** A dead letter on its way back into the lane of its key. */
export interface Replay {
  readonly group: string;
  /** The handler's name: its identity, with the group and the topic. */
  readonly handler: string;
  readonly key: string;
  /** With its original coordinates. */
  readonly record: ConsumedRecord;
  /** The same for every copy of one replay: what is inserted twice is there once. */
  readonly replayId: string;
}

/** Where parked keys wait: durable, and shared by all instances. */
export interface ParkingStore {
  /** Answers what is wrong with it. Rejects when that cannot be found out now. */
  open(context: StoreContext): Promise<readonly ConfigurationProblem[]>;
  close(): Promise<void>;
  /** Puts dead letters into the lanes of their keys, in the order given; whoever owns the partition runs them. */
  replay(replays: readonly Replay[]): Promise<void>;
}
