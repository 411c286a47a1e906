import { numberOf } from './facts.js';
import type { PartitionFacts, TopicFacts } from './facts.js';
import { aboutTopic } from './finding.js';
import type { TopicFinding } from './finding.js';

/** How the replicas are now. It passes when brokers come back, so that no start is refused for it. */
export function syncFindings({ topic, partitions = [], settings = {} }: TopicFacts): TopicFinding[] {
  const needed = numberOf(settings, 'min.insync.replicas');
  const tooFew = partitions.filter(({ inSync, replicas }) => inSync.length < Math.min(needed, replicas.length));
  if (tooFew.length > 0) {
    return [
      aboutTopic(topic, {
        check: 'out-of-sync',
        severity: 'stops',
        partitions: numbersOf(tooFew),
        what: `fewer replicas are in sync now than min.insync.replicas (${needed}): sends fail until they are back`,
        remedy: 'Bring their brokers back.',
      }),
    ];
  }
  const behind = partitions.filter(({ inSync, replicas }) => inSync.length < replicas.length);
  if (behind.length === 0) return [];
  return [
    aboutTopic(topic, {
      check: 'out-of-sync',
      severity: 'doubt',
      partitions: numbersOf(behind),
      what: 'not all of its replicas are in sync now: a broker is away, or slow',
      remedy: 'Look after the brokers; it passes when they have caught up.',
    }),
  ];
}

function numbersOf(partitions: readonly PartitionFacts[]): number[] {
  return partitions.map(({ partition }) => partition).toSorted((a, b) => a - b);
}
