import { PartitionAssigners, type Cluster, type ConsumerConfig, type Kafka, type PartitionAssigner } from 'kafkajs';

/**
 * The assigners that this member announces. kafkajs hands its cluster to every assigner: the one public way to ask the group's coordinator
 * over the consumer's own connections.
 */
export function assigners(
  config: Pick<ConsumerConfig, 'partitionAssigners'>,
  useCluster: (cluster: Cluster) => void,
): PartitionAssigner[] {
  const [first = PartitionAssigners.roundRobin, ...others] = config.partitionAssigners ?? [];
  return [
    (context) => {
      useCluster(context.cluster);
      return first(context);
    },
    ...others,
  ];
}

/** A cluster of its own, not connected yet. */
export function clusterOf(kafka: Kafka, groupId: string): Cluster {
  let made: Cluster | undefined;
  kafka.consumer({
    groupId,
    allowAutoTopicCreation: false,
    partitionAssigners: assigners({}, (cluster) => (made = cluster)),
  });
  return made!;
}
