import type { Broker, Cluster, Kafka } from 'kafkajs';
import type { OffsetCommit } from '../contracts/index.js';
import { clusterOf } from './assigners.js';
import { Commits, OUTSIDER } from './commits.js';

export interface Group {
  readonly groupId: string;
  /** One that exists. kafkajs asks about all topics of the cluster otherwise, and fails when any of them has no leader. */
  readonly topic: string;
}

/** A broker of kafkajs can do this, though its types do not say so. */
interface Coordinator extends Broker {
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
}

/** Commits for a group without members; the broker refuses it for others. */
export async function commitFromOutside(kafka: Kafka, group: Group, commits: readonly OffsetCommit[]): Promise<void> {
  await withCluster(kafka, group, async (cluster) => {
    const nobody = { acknowledged() {}, refused() {} };
    const sender = new Commits(group.groupId, () => performance.now(), nobody);
    sender.use(cluster);
    await sender.send(OUTSIDER, () => commits);
  });
}

/** Takes a member out of its group that kafkajs did not take out: a join that was cut off, a coordinator that was away. */
export async function leaveFromOutside(kafka: Kafka, group: Group, memberId: string): Promise<void> {
  const { groupId } = group;
  await withCluster(kafka, group, async (cluster) => {
    const coordinator = (await cluster.findGroupCoordinator({ groupId })) as Coordinator;
    await coordinator.leaveGroup({ groupId, memberId });
  });
}

async function withCluster(kafka: Kafka, group: Group, work: (cluster: Cluster) => Promise<void>): Promise<void> {
  const cluster = clusterOf(kafka, group.groupId);
  await cluster.connect();
  try {
    await cluster.addTargetTopic(group.topic);
    await work(cluster);
  } finally {
    await cluster.disconnect();
  }
}
