import type { Broker, Cluster, Kafka } from 'kafkajs';
import { clusterOf } from './assigners.js';
import type { OffsetCommit } from '../contracts/index.js';
import { Commits, OUTSIDER } from './commits.js';

/** A broker of kafkajs can do this, though its types do not say so. */
interface Coordinator extends Broker {
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
}

/** Commits for a group without members; the broker refuses it for others. */
export async function commitFromOutside(
  kafka: Kafka,
  groupId: string,
  commits: readonly OffsetCommit[],
): Promise<void> {
  await withCluster(kafka, groupId, async (cluster) => {
    const nobody = { acknowledged() {}, refused() {} };
    const sender = new Commits(groupId, () => performance.now(), nobody);
    sender.use(cluster);
    await sender.send(OUTSIDER, () => commits);
  });
}

/** Takes a member out of its group that kafkajs did not take out: a join that was cut off, a coordinator that was away. */
export async function leaveFromOutside(kafka: Kafka, groupId: string, memberId: string): Promise<void> {
  await withCluster(kafka, groupId, async (cluster) => {
    const coordinator = (await cluster.findGroupCoordinator({ groupId })) as Coordinator;
    await coordinator.leaveGroup({ groupId, memberId });
  });
}

async function withCluster(kafka: Kafka, groupId: string, work: (cluster: Cluster) => Promise<void>): Promise<void> {
  const cluster = clusterOf(kafka, groupId);
  await cluster.connect();
  try {
    await cluster.refreshMetadata();
    await work(cluster);
  } finally {
    await cluster.disconnect();
  }
}
