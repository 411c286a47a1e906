import { PartitionAssigners, type Cluster, type ConsumerConfig, type Kafka, type PartitionAssigner } from 'kafkajs';
import { stickyAssigner, type Claim } from './sticky-assigner.js';

/**
 * The assigners that a member announces, ours first. kafkajs's round robin stands beside it: the group takes what all its members know, so
 * that they can be replaced one by one by or for members that use kafkajs as it comes.
 */
export function assigners(
  config: Pick<ConsumerConfig, 'partitionAssigners'>,
  claim: () => Claim,
  useCluster: (cluster: Cluster) => void,
): PartitionAssigner[] {
  const ours: PartitionAssigner = ({ cluster }) => stickyAssigner(cluster, claim);
  const [first, ...others] = config.partitionAssigners ?? [ours, PartitionAssigners.roundRobin];
  // kafkajs hands its cluster to every assigner: the one public way to the coordinator over the consumer's own connections.
  const spy: PartitionAssigner = (context) => {
    useCluster(context.cluster);
    return first!(context);
  };
  return [spy, ...others];
}

/** A cluster of its own, not connected yet. */
export function clusterOf(kafka: Kafka, groupId: string): Cluster {
  let made: Cluster | undefined;
  const spy: PartitionAssigner = (context) => {
    made = context.cluster;
    return PartitionAssigners.roundRobin(context);
  };
  kafka.consumer({ groupId, allowAutoTopicCreation: false, partitionAssigners: [spy] });
  return made!;
}
