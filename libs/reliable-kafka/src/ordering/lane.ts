import { Fifo } from './fifo.js';
import type { PartitionLanes } from './partition-lanes.js';

/** The queue of one ordering key inside one partition, for one handler. It exists only while it has work. */
export class Lane<T extends { next: T | undefined }> {
  next: Lane<T> | undefined;
  readonly tasks = new Fifo<T>();
  /** The task that runs. */
  running: T | undefined;
  /** Ends the wait of a lane in backoff. */
  cancelWait: (() => void) | undefined;

  constructor(
    readonly partition: PartitionLanes<T>,
    readonly handler: number,
    /** `undefined`: a lane for one task alone, which no other will look for. */
    readonly key: string | undefined,
  ) {}
}
