import { AssignerProtocol } from 'kafkajs';
import type { Asks } from './admin-link.js';

/** Groups that are asked about one by one; a cluster may have thousands. */
const MOST = 2_000;
const AT_ONCE = 20;

/** The groups that read a topic, as far as can be seen: those with commits for it, and those with a member that subscribes to it. */
export async function groupsOf(admin: Asks, topic: string): Promise<readonly string[]> {
  const { groups } = await admin.ask((kafka) => kafka.listGroups());
  // Groups of Kafka's newer protocol tell no type that kafkajs would know.
  const ids = groups
    .filter(({ protocolType }) => protocolType === 'consumer' || protocolType === '')
    .map(({ groupId }) => groupId)
    .slice(0, MOST);
  const subscribed = new Set(await subscribersOf(admin, ids, topic));
  const found: string[] = [];
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const some = ids.slice(at, at + AT_ONCE);
    const reads = await Promise.all(some.map((id) => subscribed.has(id) || hasCommits(admin, id, topic)));
    found.push(...some.filter((_, i) => reads[i]));
  }
  return found.toSorted();
}

async function subscribersOf(admin: Asks, ids: readonly string[], topic: string): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const { groups } = await admin.ask((kafka) => kafka.describeGroups([...ids]));
  return groups
    .filter(({ members }) => members.some(({ memberMetadata }) => topicsOf(memberMetadata).includes(topic)))
    .map(({ groupId }) => groupId);
}

function topicsOf(metadata: Buffer): readonly string[] {
  try {
    return AssignerProtocol.MemberMetadata.decode(metadata)?.topics ?? [];
  } catch {
    return [];
  }
}

async function hasCommits(admin: Asks, groupId: string, topic: string): Promise<boolean> {
  const stored = await admin.ask((kafka) => kafka.fetchOffsets({ groupId, topics: [topic] }));
  return stored.some(({ partitions }) => partitions.some(({ offset }) => Number(offset) >= 0));
}
