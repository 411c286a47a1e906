import type { Admin, ITopicConfig, PartitionMetadata } from 'kafkajs';

/** Creates a topic and resolves with its partitions when all have a leader. A broker that has not heard of it yet says that it does not exist. */
export async function createTopic(admin: Admin, config: ITopicConfig): Promise<PartitionMetadata[]> {
  await admin.createTopics({ topics: [config], waitForLeaders: false });
  const partitions = config.replicaAssignment?.length ?? config.numPartitions ?? 1;
  const read = async () => (await admin.fetchTopicMetadata({ topics: [config.topic] })).topics[0]!.partitions;
  for (;;) {
    const found = await read().catch(() => []);
    if (found.filter(({ leader }) => leader >= 0).length === partitions) return found;
  }
}
