import { duration } from './duration.js';
import { compacts, deletes, numberOf } from './facts.js';
import type { TopicFacts } from './facts.js';
import { aboutTopic } from './finding.js';
import type { TopicFinding } from './finding.js';

/** A handler whose guard forgets what was handled after so many milliseconds. */
export interface Remembering {
  readonly label: string;
  readonly retention: number;
}

/** Guards that forget what their topic can still give back. */
export function guardFindings(facts: TopicFacts, guards: readonly Remembering[]): TopicFinding[] {
  if (guards.length === 0) return [];
  return [...shortfalls(facts, guards), ...endless(facts), ...compaction(facts)];
}

function shortfalls({ topic, settings = {} }: TopicFacts, guards: readonly Remembering[]): TopicFinding[] {
  const retention = numberOf(settings, 'retention.ms');
  const segment = numberOf(settings, 'segment.ms');
  if (!deletes(settings) || retention < 0) return [];
  // A segment that is written to keeps what is in it for so much longer.
  const kept = retention + segment;
  return guards
    .filter((guard) => guard.retention < kept)
    .map(({ label, retention: remembered }) => ({
      topic,
      check: 'guard-memory',
      severity: 'repeats',
      where: `${label} @Idempotent`,
      what:
        `it remembers for ${duration(remembered)} what was handled, but ${topic} keeps records for up to ${duration(kept)} ` +
        `(retention.ms ${retention} + segment.ms ${segment}): what is read again later than that runs again`,
      remedy: `Give the guard a retention of at least ${kept}, or let the topic keep less.`,
    }));
}

function endless({ topic, settings = {} }: TopicFacts): TopicFinding[] {
  if (!deletes(settings) || !(numberOf(settings, 'retention.ms') < 0)) return [];
  return [
    aboutTopic(topic, {
      check: 'guard-memory',
      severity: 'repeats',
      what: 'records are kept for ever (retention.ms -1), and guards forget: what is read again after their retention runs again',
      remedy: 'Set retention.ms, or never rewind further than the guards remember.',
    }),
  ];
}

/** How long a compacted topic keeps a record depends on those that come after it. */
function compaction({ topic, settings = {} }: TopicFacts): TopicFinding[] {
  if (!compacts(settings)) return [];
  return [
    aboutTopic(topic, {
      check: 'guard-memory',
      severity: 'doubt',
      what: 'it is compacted: the last record of each key stays for as long as no other comes, and runs again when it is read after the retention of the guard',
      remedy: 'Let its handlers bear that, or never rewind further than the guards remember.',
    }),
  ];
}
