import type { AuditMode, ConfigurationProblem } from '../contracts/index.js';
import type { FindingSeverity, TopicFinding } from './finding.js';

/** What is made of findings at start. */
export interface Verdict {
  readonly problems: readonly ConfigurationProblem[];
  readonly warnings: readonly ConfigurationProblem[];
}

/** In which order they are told. */
const GRAVEST_FIRST: readonly FindingSeverity[] = ['loses', 'repeats', 'unknown', 'stops', 'doubt'];

const REFUSED: ReadonlySet<FindingSeverity> = new Set(['loses', 'repeats', 'unknown']);

/** Where names are listed; an application with a RegExp may have thousands of topics. */
const LISTED = 20;

export function verdict(findings: readonly TopicFinding[], modeOf: (topic: string) => AuditMode): Verdict {
  const sorted = findings.toSorted((a, b) => rank(a) - rank(b));
  const isRefused = ({ topic, severity }: TopicFinding) => modeOf(topic) === 'refuse' && REFUSED.has(severity);
  return {
    problems: together(sorted.filter(isRefused)),
    warnings: together(sorted.filter((finding) => !isRefused(finding) && modeOf(finding.topic) !== 'off')),
  };
}

function rank({ severity }: TopicFinding): number {
  return GRAVEST_FIRST.indexOf(severity);
}

/** One entry for all topics that have the same thing said about them. */
function together(findings: readonly TopicFinding[]): ConfigurationProblem[] {
  const groups = new Map<string, TopicFinding[]>();
  for (const finding of findings) {
    const key = `${finding.what}\n${finding.remedy}`;
    const group = groups.get(key);
    if (group) group.push(finding);
    else groups.set(key, [finding]);
  }
  return [...groups.values()].map((group) => ({
    where: placeOf(group),
    what: group[0]!.what,
    remedy: group[0]!.remedy,
  }));
}

function placeOf(group: readonly TopicFinding[]): string {
  const places = [...new Set(group.map(({ where }) => where))];
  if (places.length === 1) return places[0]!;
  const names = places.map((where) => where.replace(/^topic /, ''));
  const more = names.length - LISTED;
  const listed = names.slice(0, LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '');
  return places[0]!.startsWith('topic ') ? `topics ${listed}` : listed;
}
