import type { ConsumedRecord } from '../contracts/index.js';

const SOONEST = 50;
const LATEST = 1_000;

/** How long each record has been waiting for the version before its own. */
export class Patience {
  private readonly since = new WeakMap<ConsumedRecord, number>();

  constructor(
    private readonly longest: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Milliseconds until it is worth looking again: half as long as it has been waiting. `undefined`: it has waited long enough. */
  wait(record: ConsumedRecord): number | undefined {
    const since = this.since.get(record) ?? this.now();
    this.since.set(record, since);
    const waited = this.now() - since;
    const left = this.longest - waited;
    return left > 0 ? Math.min(left, LATEST, Math.max(SOONEST, waited / 2)) : undefined;
  }
}
