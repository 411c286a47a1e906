import type { Silence, TopicFacts } from './facts.js';
import { aboutTopic } from './finding.js';
import type { TopicFinding } from './finding.js';

/** What is not told, and why. */
export function silenceFindings({ topic, silence }: TopicFacts): TopicFinding[] {
  return silence ? [aboutTopic(topic, FINDINGS[silence.reason](silence.message))] : [];
}

const FINDINGS: Readonly<Record<Silence['reason'], (message: string) => Omit<TopicFinding, 'topic' | 'where'>>> = {
  missing: () => ({
    check: 'existence',
    severity: 'stops',
    what: 'it does not exist',
    remedy: "Create it, or give its entry in the option 'topics' a number of partitions.",
  }),
  leaderless: () => ({
    check: 'leaders',
    severity: 'stops',
    what: 'a partition has no leader: its replicas in sync are all away, and nothing can be read or sent',
    remedy: 'Bring their brokers back.',
  }),
  refused: (message) => ({
    check: 'answer',
    severity: 'unknown',
    what: `the broker does not tell how it keeps records (${message}), so nobody knows whether they can be lost, or outlive the memory of guards`,
    remedy: 'Check the name, and let this client describe topics and their configs (Describe, DescribeConfigs).',
  }),
};
