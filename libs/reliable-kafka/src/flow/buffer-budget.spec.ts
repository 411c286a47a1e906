import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { BufferBudget, type BufferShare } from './buffer-budget.js';

const budget = (records: number, bytes = Infinity) => new BufferBudget({ records, bytes });

describe('BufferBudget', () => {
  it('is full when one more fetch like the last would pass the bound', () => {
    const all = budget(100);
    const share = all.open();
    all.fetched(share, 40, 0);
    expect(all.isFull(share)).toBe(false);
    all.fetched(share, 40, 0);
    expect(all.isFull(share)).toBe(true);
    all.release(share, 20, 0);
    expect(all.isFull(share)).toBe(false);
  });

  it('has room again at half of the bound', () => {
    const all = budget(100);
    const share = all.open();
    all.fetched(share, 90, 0);
    all.release(share, 39, 0);
    expect(all.hasRoom(share)).toBe(false);
    all.release(share, 1, 0);
    expect(all.hasRoom(share)).toBe(true);
  });

  it('counts bytes as it counts records', () => {
    const all = budget(Infinity, 1000);
    const share = all.open();
    all.fetched(share, 2, 600);
    expect(all.isFull(share)).toBe(true);
    expect(all.hasRoom(share)).toBe(false);
    all.release(share, 1, 300);
    expect(all.isFull(share)).toBe(false);
    expect(all.hasRoom(share)).toBe(true);
  });

  it('gives every partition an equal share, which grows as others leave', () => {
    const all = budget(100);
    const [one, other] = [all.open(), all.open()];
    all.fetched(one, 30, 0);
    expect(all.isFull(one)).toBe(true);
    expect(all.isFull(other)).toBe(false);
    all.close(other);
    expect(all.isFull(one)).toBe(false);
  });

  it('never keeps a partition from fetching that has nothing buffered, however small its share', () => {
    const all = budget(10, 10);
    const share = all.open();
    all.fetched(share, 500, 500);
    all.release(share, 500, 500);
    expect(all.isFull(share)).toBe(false);
    expect(all.hasRoom(share)).toBe(true);
  });

  it('lets a partition fetch again beside what is stuck in it, though a fetch is larger than its share', () => {
    const all = budget(100);
    const share = all.open();
    all.fetched(share, 200, 0);
    all.release(share, 199, 0);
    expect(all.hasRoom(share)).toBe(true);
  });

  it('holds the bound of the process, as long as its partitions stop when they are full and fetches fit into half a share', () => {
    const events = fc.array(fc.tuple(fc.nat(3), fc.constantFrom('fetch' as const, 'release' as const)), {
      maxLength: 300,
      size: 'max',
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), events, (fetch, events) => {
        const all = budget(100, 1000);
        const shares: BufferShare[] = [all.open(), all.open(), all.open(), all.open()];
        const paused = shares.map(() => false);
        for (const [i, what] of events) {
          const share = shares[i]!;
          if (what === 'fetch' && !paused[i]) all.fetched(share, fetch, fetch * 10);
          else if (what === 'release' && share.records > 0) all.release(share, 1, 10);
          paused[i] = paused[i] ? !all.hasRoom(share) : all.isFull(share);
          const total = shares.reduce((sum, { records }) => sum + records, 0);
          expect(total).toBeLessThanOrEqual(100);
        }
      }),
      { numRuns: 50 },
    );
  });
});
