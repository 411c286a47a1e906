import type { ConfigurationProblem } from '../contracts/index.js';

/** For how long a topic keeps its records. */
export interface TopicRetention {
  readonly topic: string;
  /** `cleanup.policy`: `delete`, `compact` or both. */
  readonly cleanup: string;
  /** `retention.ms`: -1 is for ever. */
  readonly retention: number;
  /** `segment.ms`: a segment that is written to keeps what is in it for so much longer. */
  readonly segment: number;
}

/** A handler whose guard forgets what was handled after so many milliseconds. */
export interface Remembering {
  readonly label: string;
  readonly retention: number;
}

/** Guards that forget what their topic can still give back. */
export function shortfalls(
  { topic, cleanup, retention, segment }: TopicRetention,
  handlers: readonly Remembering[],
): ConfigurationProblem[] {
  if (!isDeleted(cleanup) || retention < 0) return [];
  const kept = retention + segment;
  return handlers
    .filter((handler) => handler.retention < kept)
    .map(({ label, retention: remembered }) => ({
      where: `${label} @Idempotent`,
      what:
        `it remembers for ${duration(remembered)} what was handled, but ${topic} keeps records for up to ${duration(kept)} ` +
        `(retention.ms ${retention} + segment.ms ${segment}): what is read again later than that runs again`,
      remedy: `Give the guard a retention of at least ${kept}, or let the topic keep less.`,
    }));
}

/** Topics that keep everything: told together, since no guard remembers for ever. */
export function endless(topics: readonly TopicRetention[]): ConfigurationProblem[] {
  const names = topics
    .filter(({ cleanup, retention }) => isDeleted(cleanup) && retention < 0)
    .map(({ topic }) => topic);
  if (names.length === 0) return [];
  return [
    {
      where: `topic ${names.join(', ')}`,
      what: 'records are kept for ever (retention.ms -1), and guards forget: what is read again after their retention runs again',
      remedy: 'Set retention.ms, or never rewind further than the guards remember.',
    },
  ];
}

/** Compacted topics: how long they keep a record depends on those that come after it. */
export function compactions(topics: readonly TopicRetention[]): ConfigurationProblem[] {
  return topics
    .filter(({ cleanup }) => cleanup.includes('compact'))
    .map(({ topic }) => ({
      where: `topic ${topic}`,
      what: 'it is compacted: the last record of each key stays for as long as no other comes, and runs again when it is read after the retention of the guard',
      remedy: 'Let its handlers bear that, or never rewind further than the guards remember.',
    }));
}

function isDeleted(cleanup: string): boolean {
  return cleanup.includes('delete');
}

const UNITS = [
  ['day', 24 * 60 * 60 * 1000],
  ['hour', 60 * 60 * 1000],
  ['minute', 60 * 1000],
  ['second', 1000],
] as const;

function duration(ms: number): string {
  for (const [unit, size] of UNITS) {
    if (ms < size) continue;
    const count = Math.round((ms / size) * 10) / 10;
    return `${count} ${unit}${count === 1 ? '' : 's'}`;
  }
  return `${ms} ms`;
}
