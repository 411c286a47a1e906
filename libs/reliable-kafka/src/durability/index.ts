/** Whether topics can lose records, and how they are created so that they cannot. Pure: facts come from the room `kafka`. */
export { AUDITED_SETTINGS, auditTopic, type AuditRules } from './audit.js';
export type { FindingCheck, FindingSeverity, TopicFinding } from './finding.js';
export type { Remembering } from './guard-findings.js';
export { silenceFindings } from './silence-findings.js';
export { verdict } from './verdict.js';
export { numberOf, replicationOf } from './facts.js';
export type { PartitionFacts, Silence, TopicFacts, TopicSettings } from './facts.js';
export { differences, initialSettings, wantedTopics, type TopicDifference, type WantedTopic } from './wanted-topic.js';
export { ProvisioningError, toldDifferences, type ProvisioningReport } from './provisioning.js';
