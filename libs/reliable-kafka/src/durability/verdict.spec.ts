import { describe, expect, it } from '@jest/globals';
import type { AuditMode } from '../contracts/index.js';
import { aboutTopic } from './finding.js';
import type { FindingSeverity, TopicFinding } from './finding.js';
import { verdict } from './verdict.js';

const finding = (topic: string, severity: FindingSeverity, what: string = severity): TopicFinding =>
  aboutTopic(topic, { check: 'replication', severity, what, remedy: 'Mend it.' });

const SEVERITIES: FindingSeverity[] = ['loses', 'repeats', 'unknown', 'stops', 'doubt'];

const judged = (findings: readonly TopicFinding[], mode: AuditMode | ((topic: string) => AuditMode)) => {
  const { problems, warnings } = verdict(findings, typeof mode === 'function' ? mode : () => mode);
  const told = (entries: typeof problems) => entries.map(({ where, what }) => `${where}: ${what}`);
  return { problems: told(problems), warnings: told(warnings) };
};

describe('At start', () => {
  it('findings are warnings', () => {
    const findings = SEVERITIES.map((severity) => finding('a', severity));
    expect(judged(findings, 'warn')).toEqual({ problems: [], warnings: SEVERITIES.map((one) => `topic a: ${one}`) });
  });

  it('or what loses, repeats, or is not told is refused; nobody is kept from starting because a broker is away', () => {
    const findings = SEVERITIES.map((severity) => finding('a', severity));
    expect(judged(findings, 'refuse')).toEqual({
      problems: ['topic a: loses', 'topic a: repeats', 'topic a: unknown'],
      warnings: ['topic a: stops', 'topic a: doubt'],
    });
  });

  it('each topic can have a rule of its own', () => {
    const modes: Record<string, AuditMode> = { strict: 'refuse', cheap: 'off' };
    const findings = ['strict', 'cheap', 'usual'].map((topic) => finding(topic, 'loses'));
    expect(judged(findings, (topic) => modes[topic] ?? 'warn')).toEqual({
      problems: ['topic strict: loses'],
      warnings: ['topic usual: loses'],
    });
  });
});

describe('Topics that share a finding', () => {
  it('are told in one line', () => {
    const findings = [finding('a', 'loses', 'x'), finding('a', 'loses', 'y'), finding('b', 'loses', 'x')];
    expect(judged(findings, 'warn').warnings).toEqual(['topics a, b: x', 'topic a: y']);
    expect(judged(findings, 'refuse').problems).toEqual(['topics a, b: x', 'topic a: y']);
  });

  it('are counted where they are too many to be listed', () => {
    const findings = Array.from({ length: 23 }, (_, i) => finding(`t${i}`, 'loses', 'x'));
    expect(judged(findings, 'warn').warnings).toEqual([
      'topics t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15, t16, t17, t18, t19 and 3 more: x',
    ]);
  });

  it('do not take handlers for topics', () => {
    const of = (where: string): TopicFinding => ({ ...finding('a', 'repeats', 'x'), where });
    expect(judged([of('A.handle @Idempotent'), of('B.handle @Idempotent')], 'warn').warnings).toEqual([
      'A.handle @Idempotent, B.handle @Idempotent: x',
    ]);
  });
});
