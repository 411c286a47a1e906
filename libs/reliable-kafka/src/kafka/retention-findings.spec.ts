import { describe, expect, it } from '@jest/globals';
import { compactions, endless, shortfalls } from './retention-findings.js';
import type { TopicRetention } from './retention-findings.js';

const DAY = 24 * 60 * 60 * 1000;

const topic = (more: Partial<TopicRetention> = {}): TopicRetention => ({
  topic: 'orders',
  cleanup: 'delete',
  retention: 7 * DAY,
  segment: 7 * DAY,
  ...more,
});

describe('A guard', () => {
  const found = (retention: number, more: Partial<TopicRetention> = {}) =>
    shortfalls(topic(more), [{ label: 'Orders.handle', retention }]);

  it('has to remember for as long as its topic keeps records, and its last segment longer', () => {
    expect(found(15 * DAY)).toEqual([]);
    expect(found(14 * DAY)).toEqual([]);
    expect(found(14 * DAY - 1)).toHaveLength(1);
    expect(found(8 * DAY, { segment: DAY })).toEqual([]);
  });

  it('that does not is told with both times, and with what would do', () => {
    expect(found(DAY)).toEqual([
      {
        where: 'Orders.handle @Idempotent',
        what:
          'it remembers for 1 day what was handled, but orders keeps records for up to 14 days ' +
          '(retention.ms 604800000 + segment.ms 604800000): what is read again later than that runs again',
        remedy: 'Give the guard a retention of at least 1209600000, or let the topic keep less.',
      },
    ]);
    expect(found(90_000)[0]!.what).toContain('for 1.5 minutes');
    expect(found(1)[0]!.what).toContain('for 1 ms');
  });

  it('is compared with nothing where the topic keeps everything, or has no time at all', () => {
    expect(found(DAY, { retention: -1 })).toEqual([]);
    expect(found(DAY, { cleanup: 'compact' })).toEqual([]);
    expect(found(DAY, { cleanup: 'compact,delete' })).toHaveLength(1);
  });
});

it('Topics that keep everything are told together', () => {
  const all = [topic({ topic: 'a', retention: -1 }), topic({ topic: 'b', retention: -1 }), topic({ topic: 'c' })];
  expect(endless(all)).toEqual([expect.objectContaining({ where: 'topic a, b' })]);
  expect(endless([topic()])).toEqual([]);
  expect(endless([topic({ cleanup: 'compact', retention: -1 })])).toEqual([]);
});

it('Compacted topics are told one by one', () => {
  const all = [topic(), topic({ topic: 'a', cleanup: 'compact' }), topic({ topic: 'b', cleanup: 'compact,delete' })];
  expect(compactions(all).map(({ where }) => where)).toEqual(['topic a', 'topic b']);
});
