import { describe, expect, it } from '@jest/globals';
import { InvalidMessageError } from './errors.js';
import { Partitioning } from './partitioning.js';

const layout = { partitions: 4, leaders: [1, 2, 3, 1] };
const key = Buffer.from('foobar');
const value = { userId: 1 };

describe('the partition of a message', () => {
  it('is its own before all else', () => {
    const partitioning = new Partitioning(() => 2);
    expect(partitioning.choose('t', layout, { partition: 3, key, value })).toBe(3);
  });

  it('is what the custom partitioner says, who sees topic, key, value and the partition count', () => {
    const asked: unknown[] = [];
    const partitioning = new Partitioning((message) => {
      asked.push(message);
      return 2;
    });
    expect(partitioning.choose('t', layout, { key, value })).toBe(2);
    expect(asked).toEqual([{ topic: 't', key, value, partitions: 4 }]);
  });

  it('follows the key when the custom partitioner leaves it open', () => {
    const partitioning = new Partitioning(() => undefined);
    // murmur2('foobar') is -790332482 in Java; without its sign 1357151166.
    expect(partitioning.choose('t', layout, { key, value })).toBe(1357151166 % 4);
  });

  it('without a key is each one in turn, but for those without a leader', () => {
    const partitioning = new Partitioning();
    const turns = Array.from({ length: 6 }, () =>
      partitioning.choose('t', { partitions: 4, leaders: [1, -1, 3, 1] }, { key: null, value }),
    );
    expect(new Set(turns)).toEqual(new Set([0, 2, 3]));
    expect(turns.slice(3)).toEqual(turns.slice(0, 3));
  });

  it('without a key and without any leader is any, for the send to wait for', () => {
    const chosen = new Partitioning().choose('t', { partitions: 2, leaders: [-1, -1] }, { key: null, value });
    expect([0, 1]).toContain(chosen);
  });

  it.each([-1, 4, 1.5, Number.NaN])('cannot be %d of 4', (partition) => {
    const choose = () => new Partitioning().choose('t', layout, { partition, key, value });
    expect(choose).toThrow(InvalidMessageError);
    expect(choose).toThrow(/'t'.*its own `partition`.*has 4: choose 0 to 3/);
    expect(() => new Partitioning(() => partition).choose('t', layout, { key, value })).toThrow(/custom partitioner/);
  });
});
