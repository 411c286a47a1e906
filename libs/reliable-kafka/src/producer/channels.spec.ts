import { describe, expect, it } from '@jest/globals';
import { channelsOf } from './channels.js';

const leaders = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2];

describe('The channels of a topic', () => {
  it('are its leaders, with one shard each', () => {
    expect(channelsOf('t', leaders, 1)).toEqual(leaders);
  });

  it('never join partitions of two leaders', () => {
    const channels = channelsOf('t', [...leaders, -1, -1], 3);
    channels.forEach((channel, one) =>
      channels.forEach((other, two) => {
        if (channel === other) expect([...leaders, -1, -1][one]).toBe([...leaders, -1, -1][two]);
      }),
    );
  });

  it.each([2, 4])('share the partitions of a leader evenly among its %d shards', (shards) => {
    const counts = new Map<number, number>();
    for (const channel of channelsOf('t', leaders, shards)) counts.set(channel, (counts.get(channel) ?? 0) + 1);
    expect([...counts.values()]).toEqual(Array.from({ length: 3 * shards }, () => 4 / shards));
  });

  it('spread topics of one partition', () => {
    const used = new Set(Array.from({ length: 100 }, (_, i) => channelsOf(`topic-${i}`, [0], 4)[0]));
    expect([...used].toSorted()).toEqual([0, 1, 2, 3]);
  });
});
