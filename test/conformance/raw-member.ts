import { apis, errors, type ReadOf } from '../../libs/reliable-kafka/src/testing/embedded/index.js';
import type { Cluster } from './cluster.js';
import type { RawClient } from './raw-client.js';

export type Joined = ReadOf<typeof apis.joinGroup.response>;

interface MemberOptions {
  readonly sessionTimeoutMs?: number;
  readonly rebalanceTimeoutMs?: number;
  readonly protocols?: Readonly<Record<string, string>>;
}

/**
 * One member of a group, step by step. A join that waits holds up its connection, so that everything else is said on a
 * second one.
 */
export class RawMember {
  id = '';
  generation = -1;

  private constructor(
    readonly group: string,
    private readonly joining: RawClient,
    readonly talking: RawClient,
    private readonly options: Required<MemberOptions>,
  ) {}

  static async of(cluster: Cluster, group: string, options: MemberOptions = {}): Promise<RawMember> {
    const { sessionTimeoutMs = 30_000, rebalanceTimeoutMs = 30_000, protocols = { range: 'r' } } = options;
    const [joining, talking] = [await cluster.groupCoordinator(group), await cluster.groupCoordinator(group)];
    return new RawMember(group, joining, talking, { sessionTimeoutMs, rebalanceTimeoutMs, protocols });
  }

  /** Asks for a member id when it has none, then joins; resolves when the rebalance has ended. */
  async join(): Promise<Joined> {
    if (this.id === '') this.id = (await this.askToJoin()).memberId;
    return this.askToJoin();
  }

  /** One JoinGroup request, whatever comes of it. */
  async askToJoin(version = 5): Promise<Joined> {
    const { sessionTimeoutMs, rebalanceTimeoutMs, protocols } = this.options;
    const answer = await this.joining.call(apis.joinGroup, version, {
      groupId: this.group,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      memberId: this.id,
      protocolType: 'consumer',
      protocols: Object.entries(protocols).map(([name, metadata]) => ({ name, metadata: Buffer.from(metadata) })),
    });
    if (answer.errorCode === errors.NONE) this.generation = answer.generationId;
    return answer;
  }

  /** A leader names the assignments, by member id. */
  async sync(assignments: Readonly<Record<string, string>> = {}) {
    const { errorCode, assignment } = await this.talking.call(apis.syncGroup, 3, {
      groupId: this.group,
      generationId: this.generation,
      memberId: this.id,
      assignments: Object.entries(assignments).map(([memberId, text]) => ({ memberId, assignment: Buffer.from(text) })),
    });
    return { errorCode, assignment: assignment.toString() };
  }

  /** Joins and syncs as the only member. */
  async settle(): Promise<this> {
    await this.join();
    await this.sync({ [this.id]: 'all' });
    return this;
  }

  async heartbeat(generation = this.generation): Promise<number> {
    const request = { groupId: this.group, generationId: generation, memberId: this.id };
    return (await this.talking.call(apis.heartbeat, 3, request)).errorCode;
  }

  async commit(topic: string, offset: number, metadata = '', generation = this.generation): Promise<number> {
    const { topics } = await this.talking.call(apis.offsetCommit, 7, {
      groupId: this.group,
      generationId: generation,
      memberId: this.id,
      topics: [
        { name: topic, partitions: [{ partitionIndex: 0, committedOffset: offset, committedMetadata: metadata }] },
      ],
    });
    return topics[0]!.partitions[0]!.errorCode;
  }

  async leave(): Promise<number> {
    const members = [{ memberId: this.id, groupInstanceId: null }];
    const answer = await this.talking.call(apis.leaveGroup, 3, { groupId: this.group, members });
    return answer.errorCode || answer.members[0]!.errorCode;
  }

  async state(): Promise<ReadOf<typeof apis.describeGroups.response>['groups'][number]> {
    return (await this.talking.call(apis.describeGroups, 4, { groups: [this.group] })).groups[0]!;
  }

  /** Resolves when the group is in a state, which others bring about. */
  async until(groupState: string): Promise<void> {
    while ((await this.state()).groupState !== groupState);
  }

  async committed(topic: string, partition = 0) {
    const request = { groupId: this.group, topics: [{ name: topic, partitionIndexes: [partition] }] };
    const { topics } = await this.talking.call(apis.offsetFetch, 5, request);
    const { committedOffset, metadata } = topics[0]!.partitions[0]!;
    return { offset: committedOffset, metadata };
  }
}
