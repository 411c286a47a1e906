import type { Attempt, ConsumedRecord } from '../contracts/index.js';
import type { TrackedOffset } from '../offsets/index.js';
import type { Lane, LaneKey } from '../ordering/index.js';
import type { Epoch } from './epoch.js';
import type { Death } from './failures.js';
import type { Filing, ParkedRun } from './parking/index.js';
import type { Route } from './routes.js';

/** Stands where a payload has to be decoded (again) before the attempt: a handler may have changed the one that it was given. */
export const UNDECODED = Symbol('undecoded');

/** One record for one handler, from its lane to its outcome; what every attempt of it is given. */
export class Task implements Attempt {
  next: Task | undefined;
  /** While it runs. */
  lane: Lane<Task> | undefined;
  attempt: number;
  /** Attempts in a row that ended in a conflict with somebody else's, and did not count. */
  conflicts = 0;
  /** Set when no attempt will follow. */
  death: Death | undefined;
  /** What the parking store is to be told of it, before anything else of it happens. */
  filing: Filing | undefined;
  /** It was to be parked together with those behind it, and that did not succeed. */
  joinsAlone = false;
  private controller: AbortController | undefined;
  private aborted: { readonly reason: unknown } | undefined;

  constructor(
    readonly epoch: Epoch,
    readonly route: Route,
    readonly record: ConsumedRecord,
    readonly entry: TrackedOffset,
    readonly laneKey: LaneKey | undefined,
    public payload: unknown,
    /** It comes from the parking store, and its outcome goes there. */
    readonly parked?: ParkedRun,
  ) {
    const earlier = parked
      ? parked.attempts + parked.round - 1
      : epoch.tracker.restoredAttempts(record.offset, route.index);
    this.attempt = earlier + 1;
  }

  /** Of a parked key, counted from 1; 0 for what comes from the log. */
  get round(): number {
    return this.parked?.round ?? 0;
  }

  get orderingKey(): string | undefined {
    return typeof this.laneKey === 'string' ? this.laneKey : undefined;
  }

  *behind(): Generator<Pick<Task, 'record' | 'payload'>> {
    for (let task = this.lane?.first; task; task = task.next) if (task.payload !== UNDECODED) yield task;
  }

  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.aborted) this.controller.abort(this.aborted.reason);
    }
    return this.controller.signal;
  }

  get isAborted(): boolean {
    return this.aborted !== undefined;
  }

  /** Another attempt: what ended the one before is not its concern. */
  begin(): void {
    this.aborted = undefined;
    this.controller = undefined;
  }

  abort(reason?: unknown): void {
    this.aborted ??= { reason };
    this.controller?.abort(reason);
  }
}
