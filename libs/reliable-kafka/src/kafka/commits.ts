import type { Broker, Cluster } from 'kafkajs';
import { CommitFailedError, type OffsetCommit } from '../contracts/index.js';
import { OFFSET_METADATA_TOO_LARGE, REBALANCE_IN_PROGRESS, errorCodeOf, isFenced } from './error-codes.js';
import { byTopic } from './by-topic.js';
import { setTimeout as delay } from 'node:timers/promises';

/** As whom a commit is sent: the broker refuses it when the group has moved on to another generation. */
export interface Member {
  readonly memberId: string;
  readonly generation: number;
}

/** Commits for a group that nobody has joined. The broker refuses them while it has members. */
export const OUTSIDER: Member = { memberId: '', generation: -1 };

/** Waits between tries while the coordinator is away or moves. */
const PATIENCE = [100, 300, 900];

export interface CommitWitness {
  /** The broker acknowledged a commit that was written no earlier than `sentAt`. */
  acknowledged(sentAt: number): void;
  /** The broker refused because of our membership: `code` says whether the group only rebalances or goes on without us. */
  refused(member: Member, code: number): void;
}

/**
 * Sends commits under the generation of the assignment that they belong to. kafkajs's own `commitOffsets` would send them under
 * whatever generation it holds at the moment, does nothing once `stop()` has begun, and hides which error came back.
 * One request at a time: an older commit never overtakes a newer one.
 */
export class Commits {
  private coordinator: Promise<Broker> | undefined;
  private cluster: Cluster | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly groupId: string,
    private readonly now: () => number,
    private readonly witness: CommitWitness,
  ) {}

  /** The connections of the current run. */
  use(cluster: Cluster): void {
    this.cluster = cluster;
    this.coordinator = undefined;
  }

  /** Resolves with what is stored now; rejects with `CommitFailedError`. `entries` is asked when the request's turn has come. */
  send(member: Member, entries: () => readonly OffsetCommit[]): Promise<readonly OffsetCommit[]> {
    const turn = this.last.then(() => this.store(member, entries()));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private async store(member: Member, commits: readonly OffsetCommit[]): Promise<readonly OffsetCommit[]> {
    if (commits.length === 0) return commits;
    try {
      await this.request(member, commits);
      return commits;
    } catch (error) {
      if (errorCodeOf(error) !== OFFSET_METADATA_TOO_LARGE) throw this.failure(member, error);
    }
    // The broker stored the other entries, but says neither which nor which one it refused.
    const stored: OffsetCommit[] = [];
    for (const commit of commits) stored.push(await this.storeAlone(member, commit));
    return stored;
  }

  private async storeAlone(member: Member, commit: OffsetCommit): Promise<OffsetCommit> {
    const bare = { ...commit, metadata: '' };
    try {
      return await this.request(member, [commit]).then(() => commit);
    } catch (error) {
      if (errorCodeOf(error) !== OFFSET_METADATA_TOO_LARGE) throw this.failure(member, error);
      return await this.request(member, [bare]).then(
        () => bare,
        (again) => Promise.reject(this.failure(member, again)),
      );
    }
  }

  private async request(member: Member, commits: readonly OffsetCommit[]): Promise<void> {
    for (const patience of [...PATIENCE, undefined]) {
      try {
        const coordinator = await (this.coordinator ??= this.cluster!.findGroupCoordinator({ groupId: this.groupId }));
        const sentAt = this.now();
        await coordinator.offsetCommit({
          groupId: this.groupId,
          groupGenerationId: member.generation,
          memberId: member.memberId,
          topics: byTopic(commits).map(([topic, partitions]) => ({
            topic,
            partitions: partitions.map(({ partition, offset, metadata }) => ({
              partition,
              offset: `${offset}`,
              metadata,
            })),
          })),
        });
        return this.witness.acknowledged(sentAt);
      } catch (error) {
        const code = errorCodeOf(error);
        if (
          code === OFFSET_METADATA_TOO_LARGE ||
          code === REBALANCE_IN_PROGRESS ||
          (code !== undefined && isFenced(code))
        )
          throw error;
        this.coordinator = undefined;
        if (patience === undefined) throw error;
        await delay(patience);
      }
    }
  }

  private failure(member: Member, error: unknown): CommitFailedError {
    const code = errorCodeOf(error);
    if (code === REBALANCE_IN_PROGRESS || (code !== undefined && isFenced(code))) {
      this.witness.refused(member, code);
      return new CommitFailedError(code === REBALANCE_IN_PROGRESS ? 'rebalancing' : 'fenced', { cause: error });
    }
    return new CommitFailedError('unavailable', { cause: error });
  }
}
