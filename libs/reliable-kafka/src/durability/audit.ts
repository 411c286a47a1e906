import type { TopicFacts } from './facts.js';
import type { TopicFinding } from './finding.js';
import { flushFindings } from './flush-findings.js';
import { guardFindings } from './guard-findings.js';
import type { Remembering } from './guard-findings.js';
import { outageFindings } from './outage-findings.js';
import { replicaFindings } from './replica-findings.js';
import { silenceFindings } from './silence-findings.js';
import { syncFindings } from './sync-findings.js';

/** What a topic is held against. */
export interface AuditRules {
  /** Milliseconds. */
  readonly longestOutage?: number;
  /** The handlers of a topic whose guards forget. */
  readonly remembering: (topic: string) => readonly Remembering[];
}

/** The settings that an audit asks for. */
export const AUDITED_SETTINGS: readonly string[] = [
  'cleanup.policy',
  'delete.retention.ms',
  'flush.messages',
  'flush.ms',
  'min.insync.replicas',
  'retention.bytes',
  'retention.ms',
  'segment.ms',
  'unclean.leader.election.enable',
];

/** Everything that the facts say against a topic. What is not told is a finding itself, and never one of anything else. */
export function auditTopic(facts: TopicFacts, { longestOutage, remembering }: AuditRules): TopicFinding[] {
  return [
    ...silenceFindings(facts),
    ...replicaFindings(facts),
    ...flushFindings(facts),
    ...syncFindings(facts),
    ...outageFindings(facts, longestOutage),
    ...guardFindings(facts, remembering(facts.topic)),
  ];
}
