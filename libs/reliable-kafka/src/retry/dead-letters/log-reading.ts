import type { ConsumedRecord } from '../../contracts/index.js';

/** What a partition holds: offsets from `start` up to before `end`. */
export interface LogBounds {
  readonly partition: number;
  readonly start: bigint;
  readonly end: bigint;
}

/** Some consecutive records of a partition. */
export interface Portion {
  readonly records: readonly ConsumedRecord[];
  /** Where the one after it begins: always further on. */
  readonly next: bigint;
}

/** Reads topics without being a member of any group. */
export interface LogReading {
  /** By partition; none where there is no such topic. */
  bounds(topic: string): Promise<readonly LogBounds[]>;
  /** Of each partition the first offset at or after the time (ms since the epoch), its end where there is none. */
  offsetsAt(topic: string, timestamp: number): Promise<ReadonlyMap<number, bigint>>;
  /** About a mebibyte from the offset on; a record that is larger comes alone. */
  portion(topic: string, partition: number, offset: bigint): Promise<Portion>;
}
