import type { CommitPolicy, OffsetCommit } from '../contracts/index.js';

/** What a partition brings to be committed. */
export interface Committable {
  readonly policy: CommitPolicy;
  /** Watermark and metadata from one point in time. */
  snapshot(): OffsetCommit;
  /** Everything of the oldest fetch that is not committed yet has its outcomes. Asked only under `'batch'`. */
  batchDone(): boolean;
  /** The broker has it. */
  acknowledged(commit: OffsetCommit): void;
  /** Under `sync`: from when a commit is due until it is acknowledged nothing more may start. */
  waiting(isWaiting: boolean): void;
}

const DEFAULT_COUNT = 1000;
const DEFAULT_MS = 1000;

/** Decides for one partition in one epoch when its commit is due. One compare per outcome. */
export class CommitTurn {
  /** Outcomes since the last snapshot. */
  private fresh = 0;
  private cancelTimer: (() => void) | undefined;
  private readonly count: number;
  private readonly ms: number | undefined;
  due = false;

  constructor(
    readonly target: Committable,
    private readonly after: (ms: number, fn: () => void) => () => void,
    private readonly becameDue: () => void,
  ) {
    const policy = target.policy.after;
    const limits =
      typeof policy === 'object' ? policy : policy === 'manual' ? { count: DEFAULT_COUNT, ms: DEFAULT_MS } : {};
    this.count = policy === 'record' ? 1 : (limits.count ?? Infinity);
    // A batch may wait long for one record, while the metadata has something to say of all others.
    this.ms = policy === 'record' ? undefined : (limits.ms ?? (limits.count === undefined ? DEFAULT_MS : undefined));
  }

  get isDirty(): boolean {
    return this.fresh > 0;
  }

  /** One more outcome, or the position moved without one. */
  outcome(): void {
    this.fresh++;
    if (this.due) return;
    if (this.fresh >= this.count || (this.target.policy.after === 'batch' && this.target.batchDone())) this.fall();
    else if (this.ms !== undefined && !this.cancelTimer) this.cancelTimer = this.after(this.ms, () => this.fall());
  }

  /** The snapshot for a request, and with it a clean sheet. */
  take(): { commit: OffsetCommit; failed: () => void; stored: (commit: OffsetCommit) => void } {
    const taken = this.fresh;
    this.fresh = 0;
    this.due = false;
    this.stop();
    return {
      commit: this.target.snapshot(),
      failed: () => {
        this.fresh += taken;
        this.due = true;
      },
      stored: (commit) => {
        this.target.acknowledged(commit);
        if (!this.due) this.target.waiting(false);
      },
    };
  }

  /** The epoch is over. */
  stop(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
  }

  private fall(): void {
    this.stop();
    this.due = true;
    if (this.target.policy.mode === 'sync') this.target.waiting(true);
    this.becameDue();
  }
}
