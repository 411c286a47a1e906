import { duration } from './duration.js';
import { compacts, deletes, numberOf } from './facts.js';
import type { TopicFacts } from './facts.js';
import { aboutTopic } from './finding.js';
import type { TopicFinding } from './finding.js';

/** What a topic has dropped by the time somebody reads it who was away for `longestOutage` milliseconds. */
export function outageFindings(
  { topic, settings = {} }: TopicFacts,
  longestOutage: number | undefined,
): TopicFinding[] {
  if (longestOutage === undefined) return [];
  const findings: TopicFinding[] = [];
  const kept = numberOf(settings, 'retention.ms');
  const bytes = numberOf(settings, 'retention.bytes');
  const tombstones = numberOf(settings, 'delete.retention.ms');
  const outage = `durability.longestOutage (${duration(longestOutage)})`;
  if (deletes(settings) && kept >= 0 && kept < longestOutage) {
    findings.push(
      aboutTopic(topic, {
        check: 'outage',
        severity: 'loses',
        what: `records are kept for ${duration(kept)} (retention.ms ${kept}), less than ${outage}: after it, some are gone unread`,
        remedy: `Set retention.ms to at least ${longestOutage}.`,
      }),
    );
  }
  if (deletes(settings) && bytes >= 0) {
    findings.push(
      aboutTopic(topic, {
        check: 'outage',
        severity: 'doubt',
        what: `a partition keeps ${bytes} bytes (retention.bytes): whether that lasts for ${outage} depends on how much is written`,
        remedy: 'Set retention.bytes to -1, or above what is written to a partition in that time.',
      }),
    );
  }
  if (compacts(settings) && tombstones < longestOutage) {
    findings.push(
      aboutTopic(topic, {
        check: 'outage',
        severity: 'loses',
        what: `tombstones are kept for ${duration(tombstones)} (delete.retention.ms ${tombstones}), less than ${outage}: after it, nobody learns that a key was deleted`,
        remedy: `Set delete.retention.ms to at least ${longestOutage}.`,
      }),
    );
  }
  return findings;
}
