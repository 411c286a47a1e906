import type { Capacity, Decode, EmitEvent, RecordSource } from '../contracts/index.js';
import type { BufferBudget } from '../flow/index.js';
import type { CommitScheduler } from '../offsets/index.js';
import type { LaneScheduler } from '../ordering/index.js';
import type { Failures } from './failures.js';
import type { Feeding } from './feeding.js';
import type { Parking } from './parking/index.js';
import type { Task } from './task.js';

/** What the partitions of one consumer have in common. */
export interface Shared {
  readonly source: RecordSource;
  readonly scheduler: LaneScheduler<Task>;
  readonly feeding: Feeding;
  readonly commits: CommitScheduler;
  readonly budget: BufferBudget;
  readonly decode: Decode;
  readonly failures: Failures;
  /** Absent: there is no store to park in. */
  readonly parking: Parking | undefined;
  /** One place, for records with which a process went down. */
  readonly trial: Capacity;
  /** Milliseconds that an attempt may take whose handler says nothing of it. */
  readonly timeout: number | undefined;
  readonly maxAhead: number;
  readonly emit: EmitEvent;
}
