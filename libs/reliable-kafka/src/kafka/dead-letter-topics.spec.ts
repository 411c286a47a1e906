import { describe, expect, it } from '@jest/globals';
import type { TopicFacts } from '../durability/index.js';
import { tooSmall, wantedDeadLetters } from './dead-letter-topics.js';

const DAY = 86_400_000;

function source(partitions: number, replicas: number, settings: TopicFacts['settings']): TopicFacts {
  const brokers = Array.from({ length: replicas }, (_, i) => i);
  return {
    topic: 'orders',
    partitions: Array.from({ length: partitions }, (_, partition) => ({
      partition,
      replicas: brokers,
      inSync: brokers,
    })),
    settings,
  };
}

describe('A dead letter topic that is created', () => {
  it('is as its source is, takes 64 KiB more, and keeps for thirty days', () => {
    const facts = source(6, 3, { 'max.message.bytes': '2000000', 'retention.ms': String(7 * DAY) });
    expect(wantedDeadLetters('orders-dlt', [facts])).toEqual({
      topic: 'orders-dlt',
      partitions: 6,
      replication: 3,
      settings: { 'max.message.bytes': String(2_000_000 + 65_536), 'retention.ms': String(30 * DAY) },
    });
  });

  it('has what the most demanding of several sources needs', () => {
    const [small, large] = [
      source(3, 3, { 'max.message.bytes': '1000', 'retention.ms': String(90 * DAY) }),
      source(12, 1, { 'max.message.bytes': '5000', 'retention.ms': String(DAY) }),
    ];
    expect(wantedDeadLetters('dlt', [small, large])).toMatchObject({
      partitions: 12,
      replication: 3,
      settings: { 'max.message.bytes': String(5_000 + 65_536), 'retention.ms': String(90 * DAY) },
    });
    const forever = source(3, 3, { 'max.message.bytes': '1000', 'retention.ms': '-1' });
    expect(wantedDeadLetters('dlt', [small, forever]).settings).toMatchObject({ 'retention.ms': '-1' });
  });

  it('is as the option says, where it says something', () => {
    const facts = source(6, 3, { 'max.message.bytes': '2000000', 'retention.ms': '1' });
    expect(wantedDeadLetters('dlt', [facts], { partitions: 1, replication: 2, config: { 'retention.ms': 5 } })).toEqual(
      {
        topic: 'dlt',
        partitions: 1,
        replication: 2,
        settings: { 'max.message.bytes': String(2_000_000 + 65_536), 'retention.ms': '5' },
      },
    );
  });

  it("takes what Kafka's default takes when the brokers do not tell", () => {
    expect(wantedDeadLetters('dlt', [source(1, 1, undefined)]).settings).toEqual({
      'max.message.bytes': String(1_048_588 + 65_536),
      'retention.ms': String(30 * DAY),
    });
  });
});

describe('A dead letter topic that exists', () => {
  const dead = (size: number): TopicFacts => ({ topic: 'dlt', settings: { 'max.message.bytes': String(size) } });
  const sources = [source(1, 1, { 'max.message.bytes': '5000' }), source(1, 1, { 'max.message.bytes': '1000' })];

  it('must take the largest record of each source, and what is told of its death', () => {
    expect(tooSmall(dead(5_000 + 65_536), sources)).toEqual([]);
    expect(tooSmall(dead(5_000 + 65_535), sources)).toMatchObject([
      { where: 'topic dlt', remedy: 'Set max.message.bytes of dlt to 70536 at least.' },
    ]);
  });

  it('is not found wanting by what the brokers do not tell', () => {
    expect(tooSmall({ topic: 'dlt' }, sources)).toEqual([]);
  });
});
