import type { OffsetCommit } from '../contracts/index.js';
import { partitionName } from '../contracts/index.js';
import { type Committable, CommitTurn } from './commit-turn.js';

export interface CommitSchedulerOptions {
  /** Sends one request; resolves with what the broker acknowledged, rejects when nothing is known to be stored. */
  commit(commits: readonly OffsetCommit[]): Promise<readonly OffsetCommit[]>;
  /** Calls `fn` after `ms` milliseconds; the answer cancels it. */
  after(ms: number, fn: () => void): () => void;
  /** Milliseconds before the next request, by how many have failed in a row. */
  backoff(failures: number): number;
  failed(error: unknown): void;
}

/**
 * Sends commits when they are due: one request at a time, with everything that is due by then. What was sent is clean only when it was acknowledged;
 * a failed request leaves it due, and it is sent again with backoff. What a commit holds is the partition's own snapshot, taken as the request is made.
 */
export class CommitScheduler {
  private readonly turns = new Set<CommitTurn>();
  private request: Promise<boolean> | undefined;
  private cancelRetry: (() => void) | undefined;
  private failures = 0;

  constructor(private readonly options: CommitSchedulerOptions) {}

  /** A partition begins an epoch. Tell its turn of each outcome. */
  add(target: Committable): CommitTurn {
    const turn = new CommitTurn(target, this.options.after, () => this.send());
    this.turns.add(turn);
    return turn;
  }

  /** The epoch is over: what it has not committed is not ours to commit. */
  remove(turn: CommitTurn): void {
    turn.stop();
    this.turns.delete(turn);
  }

  /** Commits everything that is not committed, due or not. False when it was not acknowledged. */
  async flush(): Promise<boolean> {
    while (this.request) await this.request;
    this.stopRetry();
    const dirty = [...this.turns].filter((turn) => turn.isDirty);
    return dirty.length === 0 || this.begin(dirty);
  }

  close(): void {
    this.stopRetry();
    for (const turn of this.turns) this.remove(turn);
  }

  private send(): void {
    if (this.request || this.cancelRetry) return;
    const due = [...this.turns].filter((turn) => turn.isDue);
    if (due.length > 0) void this.begin(due);
  }

  private begin(turns: readonly CommitTurn[]): Promise<boolean> {
    this.request = this.exchange(turns).then((stored) => {
      this.request = undefined;
      if (stored) this.send();
      else this.sendLater();
      return stored;
    });
    return this.request;
  }

  private async exchange(turns: readonly CommitTurn[]): Promise<boolean> {
    const taken = turns.map((turn) => ({ turn, ...turn.take() }));
    try {
      const acknowledged = await this.options.commit(taken.map(({ commit }) => commit));
      const byName = new Map(acknowledged.map((commit) => [partitionName(commit.topic, commit.partition), commit]));
      let missing = false;
      for (const { turn, commit, stored, failed } of taken) {
        // Its epoch ended meanwhile: the answer says nothing about the one that follows.
        if (!this.turns.has(turn)) continue;
        const answer = byName.get(partitionName(commit.topic, commit.partition));
        if (answer) stored(answer);
        else {
          failed();
          missing = true;
        }
      }
      this.failures = missing ? this.failures + 1 : 0;
      return !missing;
    } catch (error) {
      this.failures++;
      for (const { failed } of taken) failed();
      this.options.failed(error);
      return false;
    }
  }

  private sendLater(): void {
    this.cancelRetry ??= this.options.after(this.options.backoff(this.failures), () => {
      this.cancelRetry = undefined;
      this.send();
    });
  }

  private stopRetry(): void {
    this.cancelRetry?.();
    this.cancelRetry = undefined;
  }
}
