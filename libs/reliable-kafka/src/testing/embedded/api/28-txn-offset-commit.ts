import {
  array,
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
  type ReadOf,
} from '../wire/index.js';
import { api, type Context } from './define.js';
import { LONGEST_METADATA } from './shared.js';

const request = struct({
  transactionalId: string,
  groupId: string,
  producerId: int64,
  producerEpoch: int16,
  topics: array(
    struct({
      name: string,
      partitions: array(
        struct({
          partitionIndex: int32,
          committedOffset: int64,
          committedLeaderEpoch: since(2, int32, -1),
          committedMetadata: nullableString,
        }),
      ),
    }),
  ),
});

const response = struct({
  throttleTimeMs: throttleTimeMs(0),
  topics: array(struct({ name: string, partitions: array(struct({ partitionIndex: int32, errorCode: int16 })) })),
});

/** The versions here carry no generation: members are not checked, only the producer is. */
export const txnOffsetCommit = api({
  name: 'TxnOffsetCommit',
  key: 28,
  versions: [0, 2],
  request,
  response,
  handle: (wanted, context) => {
    const objection = context.fault ?? producerObjection(wanted, context);
    return {
      topics: wanted.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, ...commit }) => {
          const answer = (errorCode: ErrorCode) => ({ partitionIndex, errorCode });
          const metadata = commit.committedMetadata ?? '';
          if (objection !== undefined) return answer(objection);
          if (!context.broker.topics.log(name, partitionIndex)) return answer(errors.UNKNOWN_TOPIC_OR_PARTITION);
          if (metadata.length > LONGEST_METADATA) return answer(errors.OFFSET_METADATA_TOO_LARGE);
          const value = { offset: commit.committedOffset, leaderEpoch: commit.committedLeaderEpoch, metadata };
          const { offsets } = context.broker.groups.getOrCreate(wanted.groupId);
          offsets.commitInTransaction(wanted.producerId, { topic: name, partition: partitionIndex, value });
          return answer(errors.NONE);
        }),
      })),
    };
  },
});

function producerObjection(wanted: ReadOf<typeof request>, { broker }: Context): ErrorCode | undefined {
  if (wanted.groupId === '') return errors.INVALID_GROUP_ID;
  const objection = broker.transactions.objection(wanted.transactionalId, wanted);
  if (objection === errors.PRODUCER_FENCED) return errors.INVALID_PRODUCER_EPOCH;
  if (objection !== undefined) return objection;
  return broker.transactions.hasGroup(wanted.transactionalId, wanted.groupId) ? undefined : errors.INVALID_TXN_STATE;
}
