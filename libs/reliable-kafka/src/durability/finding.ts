import type { ConfigurationProblem } from '../contracts/index.js';

/**
 * What is at stake.
 * - `loses`: acknowledged records can be lost
 * - `repeats`: records can run again that a guard has forgotten
 * - `unknown`: the brokers do not tell
 * - `stops`: sends or reads fail while one broker is away, or now
 * - `doubt`: it depends, on what cannot be seen from here
 */
export type FindingSeverity = 'loses' | 'repeats' | 'unknown' | 'stops' | 'doubt';

/** What was looked at. */
export type FindingCheck =
  | 'existence'
  | 'answer'
  | 'leaders'
  | 'replication'
  | 'min-insync'
  | 'unclean-election'
  | 'flush'
  | 'out-of-sync'
  | 'outage'
  | 'guard-memory';

/** One thing about one topic that an operator should know: where, what, and what to do about it. */
export interface TopicFinding extends ConfigurationProblem {
  readonly topic: string;
  readonly check: FindingCheck;
  readonly severity: FindingSeverity;
  /** The partitions concerned, where it is not all of them. */
  readonly partitions?: readonly number[];
}

/** About the topic itself: `what` and `remedy` do not name it, so that topics which share a finding are told together. */
export function aboutTopic(topic: string, finding: Omit<TopicFinding, 'topic' | 'where'>): TopicFinding {
  return { topic, where: `topic ${topic}`, ...finding };
}
