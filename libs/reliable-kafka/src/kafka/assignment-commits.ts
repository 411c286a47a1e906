import type { Log, OffsetCommit, TopicPartition } from '../contracts/index.js';
import { CommitFailedError, partitionName } from '../contracts/index.js';
import type { Assignment } from './assignment.js';
import type { Commits } from './commits.js';
import type { Start } from './start-positions.js';

/** Commits of the current assignment, and what the broker holds because of them. */
export class AssignmentCommits {
  private stored = new Map<string, OffsetCommit>();

  constructor(
    private readonly commits: Commits,
    private readonly current: () => Assignment | undefined,
    private readonly log: Log,
  ) {}

  /** A new assignment, and what it found at the broker. */
  begin(starts: readonly Start[]): void {
    this.stored = new Map();
    for (const { topic, partition, committed, metadata } of starts) {
      if (committed !== undefined) this.remember({ topic, partition, offset: committed, metadata });
    }
  }

  /** Rejects with `CommitFailedError`, also when the assignment ends before the request's turn has come. */
  async send(assignment: number, commits: readonly OffsetCommit[]): Promise<readonly OffsetCommit[]> {
    const own = commits.filter((commit) => this.current()?.includes(commit));
    const lost = this.current()?.id !== assignment || (own.length === 0 && commits.length > 0);
    if (lost) throw new CommitFailedError('fenced');
    return this.store(() => own);
  }

  /** kafkajs resets a position by committing -2 over what was there: puts ours back. */
  repair({ topic, partition }: TopicPartition): void {
    if (!this.current()) return;
    const last = () => this.stored.get(partitionName(topic, partition));
    this.store(() => [last()].filter((commit) => commit !== undefined)).catch((error: unknown) =>
      this.log.warn(`The commit of ${partitionName(topic, partition)} could not be put back: ${String(error)}`),
    );
  }

  private async store(entries: () => readonly OffsetCommit[]): Promise<readonly OffsetCommit[]> {
    const assignment = this.current()!;
    const stored = await this.commits.send(assignment.membership, () => {
      if (this.current() !== assignment) throw new CommitFailedError('fenced');
      return entries();
    });
    if (this.current() === assignment) for (const commit of stored) this.remember(commit);
    return stored;
  }

  private remember(commit: OffsetCommit): void {
    this.stored.set(partitionName(commit.topic, commit.partition), commit);
  }
}
