import { describe, expect, it } from '@jest/globals';
import { sound } from '../../../../test/support/topic-facts.js';
import { syncFindings } from './sync-findings.js';

/** Partitions with replicas on 1, 2 and 3, of which these are in sync. */
const found = (...inSync: number[][]) =>
  syncFindings({
    ...sound(),
    partitions: inSync.map((inSync, partition) => ({ partition, replicas: [1, 2, 3], inSync })),
  }).map(({ severity, partitions }) => ({ severity, partitions }));

describe('Replicas', () => {
  it('that are all in sync are not worth a word', () => {
    expect(found([1, 2, 3], [3, 2, 1])).toEqual([]);
    expect(syncFindings({ topic: 'orders' })).toEqual([]);
  });

  it('that are not may be on their way back', () => {
    expect(found([1, 2, 3], [2, 1], [3, 1])).toEqual([{ severity: 'doubt', partitions: [1, 2] }]);
  });

  it('that are too few stop sends to their partitions', () => {
    expect(found([1, 2], [2], [1, 2, 3])).toEqual([{ severity: 'stops', partitions: [1] }]);
  });

  it('are no fewer than there can be', () => {
    expect(syncFindings(sound({ 'min.insync.replicas': '2' }, [[1]]))).toEqual([]);
  });

  it('are named by their partitions and not in words, so that topics which share a broker are told together', () => {
    const [first, second] = [[1, 2], [1]].map((one) =>
      syncFindings({
        ...sound(),
        partitions: one.map((partition) => ({ partition, replicas: [1, 2, 3], inSync: [1, 2] })),
      }),
    );
    expect(first![0]!.what).toBe(second![0]!.what);
  });
});
