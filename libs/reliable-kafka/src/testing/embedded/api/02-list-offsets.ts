import {
  array,
  errors,
  int16,
  int32,
  int64,
  int8,
  since,
  string,
  struct,
  throttleTimeMs,
  type ErrorCode,
} from '../wire/index.js';
import { LEADER_EPOCH, type PartitionLog } from '../log/index.js';
import { api } from './define.js';
import { leaderEpochObjection } from './shared.js';

const LATEST = -1;
const EARLIEST = -2;
const READ_COMMITTED = 1;
const NONE_FOUND = { timestamp: -1, offset: -1, leaderEpoch: -1 };

const request = struct({
  replicaId: int32,
  isolationLevel: since(2, int8, 0),
  topics: array(
    struct({
      name: string,
      partitions: array(struct({ partitionIndex: int32, currentLeaderEpoch: since(4, int32, -1), timestamp: int64 })),
    }),
  ),
});

const response = struct({
  throttleTimeMs: throttleTimeMs(2),
  topics: array(
    struct({
      name: string,
      partitions: array(
        struct({
          partitionIndex: int32,
          errorCode: int16,
          timestamp: int64,
          offset: int64,
          leaderEpoch: since(4, int32, -1),
        }),
      ),
    }),
  ),
});

export const listOffsets = api({
  name: 'ListOffsets',
  key: 2,
  versions: [1, 5],
  request,
  response,
  handle: ({ isolationLevel, topics }, { broker, fault }) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, currentLeaderEpoch, timestamp }) => {
        const refused = (errorCode: ErrorCode) => ({ partitionIndex, errorCode, ...NONE_FOUND });
        const log = broker.topics.log(name, partitionIndex);
        if (fault !== undefined) return refused(fault);
        if (!log) return refused(errors.UNKNOWN_TOPIC_OR_PARTITION);
        const stale = leaderEpochObjection(currentLeaderEpoch);
        if (stale !== undefined) return refused(stale);
        return { partitionIndex, errorCode: errors.NONE, ...find(log, timestamp, isolationLevel === READ_COMMITTED) };
      }),
    })),
  }),
});

function find(log: PartitionLog, timestamp: number, committedOnly: boolean): typeof NONE_FOUND {
  const end = committedOnly ? log.stableOffset : log.endOffset;
  if (timestamp === LATEST) return { timestamp: -1, offset: end, leaderEpoch: LEADER_EPOCH };
  if (timestamp === EARLIEST) return { timestamp: -1, offset: log.startOffset, leaderEpoch: LEADER_EPOCH };
  const found = log.offsetAt(timestamp);
  return found && found.offset < end ? { ...found, leaderEpoch: LEADER_EPOCH } : NONE_FOUND;
}
