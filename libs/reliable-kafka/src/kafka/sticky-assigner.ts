import { AssignerProtocol, type Assigner, type Assignment, type Cluster } from 'kafkajs';

export const STICKY_ASSIGNER = 'nestjs-reliable-kafka';

/** Bytes on the wire are kafkajs's: this is the version of its format. */
const VERSION = 0;

/** What a member had before this join, and since which generation of the group. */
export interface Claim {
  readonly generation: number;
  readonly owned: Assignment;
}

export interface Subscriber extends Claim {
  readonly memberId: string;
  readonly topics: readonly string[];
}

/**
 * Splits each topic evenly among the members that subscribe to it, and leaves partitions where they are as far as that allows: what comes
 * back to its process keeps its work in hand. kafkajs's round robin deals all partitions anew at each join, also to members that
 * do not know the topic.
 */
export function stickyAssigner(cluster: Cluster, claim: () => Claim): Assigner {
  return {
    name: STICKY_ASSIGNER,
    version: VERSION,
    protocol: ({ topics }) => ({
      name: STICKY_ASSIGNER,
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.from(JSON.stringify(claim())),
      }),
    }),
    assign: async ({ members }) => {
      const subscribers = members.map(({ memberId, memberMetadata }) => ({ memberId, ...decode(memberMetadata) }));
      const partitions = new Map<string, number[]>();
      for (const topic of new Set(subscribers.flatMap(({ topics }) => topics))) {
        partitions.set(topic, await partitionsOf(cluster, topic));
      }
      return [...distribute(subscribers, partitions)].map(([memberId, assignment]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: VERSION,
          assignment,
          userData: Buffer.alloc(0),
        }),
      }));
    },
  };
}

/** Who gets what, decided topic by topic. */
export function distribute(
  subscribers: readonly Subscriber[],
  partitions: ReadonlyMap<string, readonly number[]>,
): Map<string, Assignment> {
  // Of two that claim a partition, the one with the newer generation has it.
  const members = subscribers
    .toSorted((a, b) => b.generation - a.generation || (a.memberId < b.memberId ? -1 : 1))
    .map((subscriber) => ({ ...subscriber, given: {} as Assignment, load: 0 }));
  for (const [topic, ids] of partitions) {
    const takers = members.filter(({ topics }) => topics.includes(topic));
    if (takers.length === 0) continue;
    for (const taker of takers) taker.given[topic] = [];
    const has = (taker: (typeof takers)[number]) => taker.given[topic]!.length;
    const free = new Set(ids);
    const share = Math.floor(ids.length / takers.length);
    let extras = ids.length % takers.length;

    for (const taker of takers) {
      const kept = (taker.owned[topic] ?? []).filter((id) => free.has(id)).slice(0, share + (extras > 0 ? 1 : 0));
      if (kept.length > share) extras--;
      for (const id of kept) free.delete(id);
      taker.given[topic] = kept;
    }
    for (const id of free) {
      const next = takers.reduce((best, taker) =>
        (has(taker) - has(best) || taker.load - best.load) < 0 ? taker : best,
      );
      next.given[topic]!.push(id);
    }
    for (const taker of takers) taker.load += has(taker);
  }
  return new Map(members.map(({ memberId, given }) => [memberId, given]));
}

async function partitionsOf(cluster: Cluster, topic: string): Promise<number[]> {
  // Another member may know topics that this one does not.
  await cluster.addTargetTopic(topic).catch(() => undefined);
  return cluster
    .findTopicPartitionMetadata(topic)
    .map(({ partitionId }) => partitionId)
    .toSorted((a, b) => a - b);
}

function decode(metadata: Buffer): Omit<Subscriber, 'memberId'> {
  const { topics = [], userData } = AssignerProtocol.MemberMetadata.decode(metadata) ?? {};
  try {
    const { generation, owned } = JSON.parse(String(userData)) as Claim;
    return { topics, generation: Number(generation), owned: { ...owned } };
  } catch {
    return { topics, generation: -1, owned: {} };
  }
}
