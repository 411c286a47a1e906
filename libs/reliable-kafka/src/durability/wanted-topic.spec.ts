import { describe, expect, it } from '@jest/globals';
import { sound } from '../../../../test/support/topic-facts.js';
import type { TopicOptions } from '../contracts/index.js';
import { toldDifferences } from './provisioning.js';
import { differences, initialSettings, wantedTopics } from './wanted-topic.js';

const wanted = (options: TopicOptions) => wantedTopics({ orders: options })[0]!;

describe('A topic that is created', () => {
  const settings = (options: TopicOptions) => initialSettings(wanted(options));

  it('is safe when it has three replicas', () => {
    const safe = { 'min.insync.replicas': '2', 'unclean.leader.election.enable': 'false' };
    expect(settings({ partitions: 6, replication: 3 })).toEqual(safe);
    expect(settings({ partitions: 6, replication: 5 })).toEqual(safe);
  });

  it('is as the brokers make it when it has fewer, or as many as they like', () => {
    expect(settings({ partitions: 6 })).toEqual({});
    expect(settings({ partitions: 6, replication: 1 })).toEqual({});
    expect(settings({ partitions: 6, replication: 2 })).toEqual({});
  });

  it('is as its options say, above all', () => {
    const config = { 'min.insync.replicas': 3, 'retention.ms': -1, preallocate: true, 'cleanup.policy': 'compact' };
    expect(settings({ partitions: 6, replication: 3, config })).toEqual({
      'min.insync.replicas': '3',
      'unclean.leader.election.enable': 'false',
      'retention.ms': '-1',
      preallocate: 'true',
      'cleanup.policy': 'compact',
    });
  });
});

describe('A topic that exists', () => {
  const found = (options: TopicOptions, facts = sound()) =>
    differences(wanted(options), facts).map(({ what, wanted, actual }) => `${what} ${actual} instead of ${wanted}`);

  it('is compared with what its options say', () => {
    expect(found({ partitions: 1, replication: 3, config: { 'min.insync.replicas': 2 } })).toEqual([]);
    expect(found({ partitions: 6, replication: 2, config: { 'min.insync.replicas': 1 } })).toEqual([
      'partitions 1 instead of 6',
      'replication 3 instead of 2',
      'min.insync.replicas 2 instead of 1',
    ]);
  });

  it('but not with what they leave open', () => {
    expect(found({ partitions: 1, replication: 3 }, sound({ 'min.insync.replicas': '1' }))).toEqual([]);
    expect(found({ config: {} })).toEqual([]);
  });

  it('may write the same in another way', () => {
    const facts = sound({ 'cleanup.policy': 'delete,compact' });
    expect(
      found({ config: { 'cleanup.policy': 'compact, delete', 'unclean.leader.election.enable': 'FALSE' } }, facts),
    ).toEqual([]);
  });

  it('has no such setting when nobody knows it', () => {
    const [difference] = differences(wanted({ config: { 'no.such': 1 } }), sound());
    expect(difference).toEqual({ topic: 'orders', what: 'no.such', wanted: '1', actual: undefined });
  });

  it('does not differ where nothing is told', () => {
    expect(found({ partitions: 6, replication: 2, config: { 'retention.ms': 1 } }, { topic: 'orders' })).toEqual([]);
  });

  it('is told in one line', () => {
    const all = differences(wanted({ partitions: 6, config: { 'no.such': 1 } }), sound());
    expect(toldDifferences([...all, { topic: 'b', what: 'partitions', wanted: '2', actual: '1' }])).toEqual([
      "topic orders is not as the option 'topics' wants it, and was left alone: partitions 1 instead of 6; no.such unknown to the broker instead of 1",
      "topic b is not as the option 'topics' wants it, and was left alone: partitions 1 instead of 2",
    ]);
  });
});

it('Options that only say where a group starts, or how a topic is audited, want nothing of it', () => {
  expect(wantedTopics({ a: { startFrom: 'latest' }, b: { audit: 'off' }, c: { replication: 3 } })).toEqual([
    { topic: 'c', partitions: undefined, replication: 3, settings: {} },
  ]);
});
