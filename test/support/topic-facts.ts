import type { TopicFacts, TopicSettings } from '../../libs/reliable-kafka/src/durability/index.js';

export const DAY = 24 * 60 * 60 * 1000;

const SETTINGS: TopicSettings = {
  'cleanup.policy': 'delete',
  'delete.retention.ms': String(DAY),
  'flush.messages': '9223372036854775807',
  'flush.ms': '9223372036854775807',
  'min.insync.replicas': '2',
  'retention.bytes': '-1',
  'retention.ms': String(7 * DAY),
  'segment.ms': String(7 * DAY),
  'unclean.leader.election.enable': 'false',
};

/** A sound topic: one partition with three replicas in sync, two of which have to acknowledge. */
export function sound(settings: TopicSettings = {}, partitions = [[1, 2, 3]], topic = 'orders'): TopicFacts {
  return {
    topic,
    settings: { ...SETTINGS, ...settings },
    partitions: partitions.map((replicas, partition) => ({ partition, replicas, inSync: replicas })),
  };
}
