import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { distribute, type Subscriber } from './sticky-assigner.js';

const partitions = (counts: Record<string, number>) =>
  new Map(Object.entries(counts).map(([topic, count]) => [topic, Array.from({ length: count }, (_, id) => id)]));
const member = (memberId: string, topics: string[], owned = {}, generation = 1): Subscriber => ({
  memberId,
  topics,
  owned,
  generation,
});

describe('the sticky assigner', () => {
  it('splits every topic evenly, whatever was owned before', () => {
    const before = member('a', ['x', 'y'], { x: [0, 1, 2, 3], y: [0, 1, 2, 3] });
    const shares = distribute([before, member('b', ['x', 'y'])], partitions({ x: 4, y: 4 }));
    for (const share of shares.values()) expect([share.x!.length, share.y!.length]).toEqual([2, 2]);
  });

  it('leaves partitions where they are when nothing has changed', () => {
    const members = [member('a', ['x'], { x: [1, 3] }), member('b', ['x'], { x: [0, 2, 4] })];
    expect(distribute(members, partitions({ x: 5 }))).toEqual(
      new Map([
        ['a', { x: [1, 3] }],
        ['b', { x: [0, 2, 4] }],
      ]),
    );
  });

  it('gives a topic only to members that know it', () => {
    const shares = distribute([member('old', ['x']), member('new', ['x', 'y'])], partitions({ x: 2, y: 2 }));
    expect(shares.get('old')).toEqual({ x: [expect.any(Number)] });
    expect(shares.get('new')!.y).toEqual([0, 1]);
  });

  it('believes the newer of two claims', () => {
    const members = [member('a', ['x'], { x: [0] }, 3), member('b', ['x'], { x: [0] }, 7)];
    expect(distribute(members, partitions({ x: 2 })).get('b')).toEqual({ x: [0] });
  });

  it('gives every partition to exactly one member, in even shares, and moves no more than it must', () => {
    const subscribers = fc.array(
      fc.record({ generation: fc.nat(3), owned: fc.record({ x: fc.uniqueArray(fc.nat(12)) }) }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(subscribers, fc.nat(12), (claims, count) => {
        const members = claims.map(({ generation, owned }, i) => member(`m${i}`, ['x'], owned, generation));
        const shares = [...distribute(members, partitions({ x: count })).values()].map(({ x }) => x!);
        expect(shares.flat().toSorted((a, b) => a - b)).toEqual(partitions({ x: count }).get('x'));
        const sizes = shares.map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
