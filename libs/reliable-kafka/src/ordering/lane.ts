import { Fifo } from './fifo.js';
import type { LaneKey } from './ordering-key.js';
import type { PartitionLanes } from './partition-lanes.js';

/** The queue of one ordering key inside one partition, for one handler. It exists only while it has work. */
export class Lane<T extends { next: T | undefined }> extends Fifo<T> {
  next: Lane<T> | undefined;
  /** The task that runs. */
  running: T | undefined;
  /** The epoch of the partition in which it was started. */
  startedIn = 0;
  /** Ends the wait of a lane in backoff. */
  cancelWait: (() => void) | undefined;

  constructor(
    readonly partition: PartitionLanes<T>,
    readonly handler: number,
    /** `undefined`: a lane for one task alone, which no other will look for. */
    readonly key: LaneKey | undefined,
  ) {
    super();
  }
}
