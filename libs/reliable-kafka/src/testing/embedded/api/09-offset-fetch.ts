import {
  array,
  errors,
  int16,
  int32,
  int64,
  nullableArray,
  nullableString,
  since,
  string,
  struct,
  throttleTimeMs,
} from '../wire/index.js';
import { api } from './define.js';

const NOTHING_COMMITTED = { offset: -1, leaderEpoch: -1, metadata: '' };

const request = struct({
  groupId: string,
  topics: nullableArray(struct({ name: string, partitionIndexes: array(int32) })),
});

const response = struct({
  throttleTimeMs: throttleTimeMs(3),
  topics: array(
    struct({
      name: string,
      partitions: array(
        struct({
          partitionIndex: int32,
          committedOffset: int64,
          committedLeaderEpoch: since(5, int32, -1),
          metadata: nullableString,
          errorCode: int16,
        }),
      ),
    }),
  ),
  errorCode: since(2, int16, errors.NONE),
});

export const offsetFetch = api({
  name: 'OffsetFetch',
  key: 9,
  versions: [1, 5],
  request,
  response,
  handle: ({ groupId, topics }, { broker, fault = errors.NONE }) => {
    const offsets = fault === errors.NONE ? broker.groups.get(groupId)?.offsets : undefined;
    const wanted =
      topics ?? offsets?.all().map(({ topic, partitions }) => ({ name: topic, partitionIndexes: partitions })) ?? [];
    return {
      topics: wanted.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex) => {
          const { offset, leaderEpoch, metadata } = offsets?.get(name, partitionIndex) ?? NOTHING_COMMITTED;
          return {
            partitionIndex,
            committedOffset: offset,
            committedLeaderEpoch: leaderEpoch,
            metadata,
            errorCode: fault,
          };
        }),
      })),
      errorCode: fault,
    };
  },
});
