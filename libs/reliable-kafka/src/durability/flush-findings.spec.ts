import { describe, expect, it } from '@jest/globals';
import { sound } from '../../../../test/support/topic-facts.js';
import { flushFindings } from './flush-findings.js';

const found = (settings: Record<string, string>) => flushFindings(sound(settings));

describe('Writing to disk', () => {
  it('is left to the operating system by default, and replicas keep what is acknowledged', () => {
    expect(found({})).toEqual([]);
    expect(flushFindings({ topic: 'orders' })).toEqual([]);
  });

  it('may come before every acknowledgement', () => {
    expect(found({ 'flush.messages': '1', 'flush.ms': '1000' })).toEqual([]);
  });

  it('is worth a doubt where it comes now and then: it promises nothing', () => {
    expect(found({ 'flush.messages': '1000' })).toMatchObject([
      { check: 'flush', severity: 'doubt', what: expect.stringMatching(/^flush.messages is 1000: /) },
    ]);
    expect(found({ 'flush.messages': '1000', 'flush.ms': '500' })[0]!.what).toMatch(
      /^flush.messages is 1000, flush.ms is 500: /,
    );
    expect(found({ 'flush.ms': '500' })[0]!.what).toMatch(/^flush.ms is 500: /);
  });
});
