import {
  array,
  between,
  errors,
  int16,
  int32,
  int64,
  nullableString,
  since,
  string,
  struct,
  throttleTimeMs,
  type ErrorCode,
} from '../wire/index.js';
import { api, type Context } from './define.js';
import { LONGEST_METADATA } from './shared.js';

const request = struct({
  groupId: string,
  generationId: int32,
  memberId: string,
  groupInstanceId: since(7, nullableString, null),
  retentionTimeMs: between([2, 4], int64, -1),
  topics: array(
    struct({
      name: string,
      partitions: array(
        struct({
          partitionIndex: int32,
          committedOffset: int64,
          committedLeaderEpoch: since(6, int32, -1),
          committedMetadata: nullableString,
        }),
      ),
    }),
  ),
});

const response = struct({
  throttleTimeMs: throttleTimeMs(3),
  topics: array(struct({ name: string, partitions: array(struct({ partitionIndex: int32, errorCode: int16 })) })),
});

export const offsetCommit = api({
  name: 'OffsetCommit',
  key: 8,
  versions: [2, 7],
  request,
  response,
  handle: ({ groupId, memberId, generationId, topics }, context) => {
    const objection = context.fault ?? groupObjection(context, groupId, memberId, generationId);
    return {
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, ...commit }) => {
          const answer = (errorCode: ErrorCode) => ({ partitionIndex, errorCode });
          const metadata = commit.committedMetadata ?? '';
          if (objection !== undefined) return answer(objection);
          if (!context.broker.topics.log(name, partitionIndex)) return answer(errors.UNKNOWN_TOPIC_OR_PARTITION);
          if (metadata.length > LONGEST_METADATA) return answer(errors.OFFSET_METADATA_TOO_LARGE);
          const value = { offset: commit.committedOffset, leaderEpoch: commit.committedLeaderEpoch, metadata };
          context.broker.groups.getOrCreate(groupId).offsets.commit({ topic: name, partition: partitionIndex, value });
          return answer(errors.NONE);
        }),
      })),
    };
  },
});

/** A commit without a generation is the one way to make a group without members. */
function groupObjection({ broker }: Context, groupId: string, memberId: string, generation: number) {
  const group = broker.groups.get(groupId);
  if (group) return group.commitObjection(memberId, generation);
  return generation < 0 ? undefined : errors.ILLEGAL_GENERATION;
}
