import { numberOf } from './facts.js';
import type { TopicFacts } from './facts.js';
import { aboutTopic } from './finding.js';
import type { TopicFinding } from './finding.js';

/** Kafka's default for both settings: never, the operating system decides. */
const NEVER = Number(9223372036854775807n);

/**
 * Kafka acknowledges what is replicated, not what is on disk: several brokers would have to lose their memory at once. `flush.messages` 1 makes
 * every replica write first; anything between the two costs throughput and is no promise.
 */
export function flushFindings({ topic, settings = {} }: TopicFacts): TopicFinding[] {
  const messages = numberOf(settings, 'flush.messages');
  const ms = numberOf(settings, 'flush.ms');
  const set = [
    ...(messages > 1 && messages < NEVER ? [`flush.messages is ${messages}`] : []),
    ...(messages !== 1 && ms < NEVER ? [`flush.ms is ${ms}`] : []),
  ];
  if (set.length === 0) return [];
  return [
    aboutTopic(topic, {
      check: 'flush',
      severity: 'doubt',
      what: `${set.join(', ')}: records are acknowledged before they are on disk all the same, and the extra writes cost throughput; it is the replicas that keep them`,
      remedy: 'Leave both unset, or set flush.messages to 1 where all replicas can lose power at once.',
    }),
  ];
}
