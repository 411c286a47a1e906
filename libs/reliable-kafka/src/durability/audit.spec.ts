import { describe, expect, it } from '@jest/globals';
import { DAY, sound } from '../../../../test/support/topic-facts.js';
import { AUDITED_SETTINGS, auditTopic } from './audit.js';
import type { TopicFacts } from './facts.js';

const RULES = { longestOutage: 3 * DAY, remembering: () => [{ label: 'Orders.handle', retention: 15 * DAY }] };

const found = (facts: TopicFacts) => auditTopic(facts, RULES).map(({ check, severity }) => `${check} ${severity}`);

describe('An audit', () => {
  it('has nothing to say about a sound topic', () => {
    expect(found(sound())).toEqual([]);
  });

  it('tells everything that is wrong with a topic', () => {
    const facts = sound({
      'cleanup.policy': 'compact,delete',
      'flush.ms': '1000',
      'min.insync.replicas': '1',
      'retention.bytes': '1000',
      'retention.ms': String(DAY),
      'segment.ms': String(15 * DAY),
      'unclean.leader.election.enable': 'true',
    });
    const partitions = [{ partition: 0, replicas: [1, 2, 3], inSync: [1] }];
    expect(found({ ...facts, partitions })).toEqual([
      'min-insync loses',
      'unclean-election loses',
      'flush doubt',
      'out-of-sync doubt',
      'outage loses',
      'outage doubt',
      'outage loses',
      'guard-memory repeats',
      'guard-memory doubt',
    ]);
  });

  it('asks for all that it looks at', () => {
    expect(Object.keys(sound().settings!).toSorted()).toEqual(AUDITED_SETTINGS);
  });

  it('tells what it was not told, and judges the rest', () => {
    const silence = (reason: 'missing' | 'leaderless' | 'refused') => ({ silence: { reason, message: 'no' } });
    expect(found({ topic: 'orders', ...silence('missing') })).toEqual(['existence stops']);
    expect(found({ topic: 'orders', ...silence('leaderless') })).toEqual(['leaders stops']);
    expect(found({ topic: 'orders', ...silence('refused') })).toEqual(['answer unknown']);
    const { topic, partitions } = sound({}, [[1]]);
    expect(found({ topic, partitions, ...silence('refused') })).toEqual(['answer unknown', 'replication loses']);
  });
});
