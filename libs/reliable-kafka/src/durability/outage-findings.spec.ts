import { describe, expect, it } from '@jest/globals';
import { DAY, sound } from '../../../../test/support/topic-facts.js';
import { outageFindings } from './outage-findings.js';

const found = (longestOutage: number | undefined, settings: Record<string, string> = {}) =>
  outageFindings(sound(settings), longestOutage).map(({ severity, what }) => `${severity}: ${what}`);

const COMPACTED = { 'cleanup.policy': 'compact' };

describe('An outage', () => {
  it('that nobody has named is compared with nothing', () => {
    expect(found(undefined, { 'retention.ms': '1', 'retention.bytes': '1' })).toEqual([]);
  });

  it('has to end before the topic deletes what was not read', () => {
    expect(found(7 * DAY)).toEqual([]);
    expect(found(7 * DAY + 1)).toEqual([
      expect.stringMatching(/^loses: records are kept for 7 days \(retention.ms 604800000\)/),
    ]);
    expect(found(100 * DAY, { 'retention.ms': '-1' })).toEqual([]);
  });

  it('may last for who knows how long where a topic deletes by size', () => {
    expect(found(DAY, { 'retention.bytes': '1000' })).toEqual([
      expect.stringMatching(/^doubt: a partition keeps 1000 bytes/),
    ]);
  });

  it('of a compacted topic has to end before tombstones are dropped', () => {
    expect(found(DAY, COMPACTED)).toEqual([]);
    expect(found(DAY + 1, COMPACTED)).toEqual([expect.stringMatching(/^loses: tombstones are kept for 1 day /)]);
    expect(found(8 * DAY, { 'cleanup.policy': 'compact,delete' })).toHaveLength(2);
  });

  it('is compared with nothing where nothing is told', () => {
    expect(outageFindings({ topic: 'orders' }, DAY)).toEqual([]);
  });
});
