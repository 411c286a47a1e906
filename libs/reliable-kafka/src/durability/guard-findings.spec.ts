import { describe, expect, it } from '@jest/globals';
import { DAY, sound } from '../../../../test/support/topic-facts.js';
import { guardFindings } from './guard-findings.js';

const found = (retention: number, settings: Record<string, string> = {}) =>
  guardFindings(sound(settings), [{ label: 'Orders.handle', retention }]);

describe('A guard', () => {
  it('has to remember for as long as its topic keeps records, and its last segment longer', () => {
    expect(found(15 * DAY)).toEqual([]);
    expect(found(14 * DAY)).toEqual([]);
    expect(found(14 * DAY - 1)).toHaveLength(1);
    expect(found(8 * DAY, { 'segment.ms': String(DAY) })).toEqual([]);
  });

  it('that does not is told with both times, and with what would do', () => {
    expect(found(DAY)).toEqual([
      {
        topic: 'orders',
        check: 'guard-memory',
        severity: 'repeats',
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

  it('is one of several: each is compared by itself', () => {
    const guards = [
      { label: 'A.handle', retention: DAY },
      { label: 'B.handle', retention: 20 * DAY },
      { label: 'C.handle', retention: DAY },
    ];
    const places = guardFindings(sound(), guards).map(({ where }) => where);
    expect(places).toEqual(['A.handle @Idempotent', 'C.handle @Idempotent']);
  });

  it('forgets before a topic that keeps everything', () => {
    expect(found(DAY, { 'retention.ms': '-1' })).toMatchObject([{ where: 'topic orders', severity: 'repeats' }]);
  });

  it('may forget before a compacted topic does, which nobody can help', () => {
    expect(found(DAY, { 'cleanup.policy': 'compact' })).toMatchObject([{ severity: 'doubt' }]);
    expect(found(DAY, { 'cleanup.policy': 'compact', 'retention.ms': '-1' })).toHaveLength(1);
    expect(found(DAY, { 'cleanup.policy': 'compact,delete' }).map(({ severity }) => severity)).toEqual([
      'repeats',
      'doubt',
    ]);
  });

  it('is compared with nothing where nothing is told', () => {
    expect(guardFindings({ topic: 'orders' }, [{ label: 'Orders.handle', retention: 1 }])).toEqual([]);
  });
});

it('Where no guard forgets, a topic may keep what it likes', () => {
  expect(guardFindings(sound({ 'retention.ms': '-1' }), [])).toEqual([]);
  expect(guardFindings(sound({ 'cleanup.policy': 'compact' }), [])).toEqual([]);
});
