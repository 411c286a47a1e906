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
  /** By what the policy says. */
  private owed = false;
  /** Whatever it says. */
  private urged = false;
  private asked: (() => void)[] = [];
  private readonly count: number;
  private readonly ms: number | undefined;

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

  get isDue(): boolean {
    return this.owed || this.urged;
  }

  get isDirty(): boolean {
    return this.fresh > 0 || this.isDue;
  }

  /** One more outcome, or the position moved without one. */
  outcome(): void {
    this.fresh++;
    if (this.owed) return;
    if (this.fresh >= this.count || (this.target.policy.after === 'batch' && this.target.batchDone())) this.fall();
    else if (this.ms !== undefined && !this.cancelTimer) this.cancelTimer = this.after(this.ms, () => this.fall());
  }

  /** Due at once. `stored` is called when a snapshot that was taken after this is acknowledged. */
  urge(stored?: () => void): void {
    if (stored) this.asked.push(stored);
    this.urged = true;
    this.becameDue();
  }

  /** The snapshot for a request, and with it a clean sheet. */
  take(): { commit: OffsetCommit; failed: () => void; stored: (commit: OffsetCommit) => void } {
    const { fresh, owed, asked } = this;
    this.fresh = 0;
    this.owed = this.urged = false;
    this.asked = [];
    this.stop();
    return {
      commit: this.target.snapshot(),
      failed: () => {
        this.fresh += fresh;
        this.owed ||= owed;
        this.urged = true;
        this.asked = [...asked, ...this.asked];
      },
      stored: (commit) => {
        this.target.acknowledged(commit);
        for (const stored of asked) stored();
        if (!this.owed) this.target.waiting(false);
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
    this.owed = true;
    if (this.target.policy.mode === 'sync') this.target.waiting(true);
    this.becameDue();
  }
}
