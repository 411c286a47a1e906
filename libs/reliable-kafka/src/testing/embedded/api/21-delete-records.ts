import { array, errors, int16, int32, int64, string, struct, throttleTimeMs } from '../wire/index.js';
import { api, type Context } from './define.js';

const TO_THE_END = -1;

const request = struct({
  topics: array(struct({ name: string, partitions: array(struct({ partitionIndex: int32, offset: int64 })) })),
  timeoutMs: int32,
});

const response = struct({
  throttleTimeMs: throttleTimeMs(0),
  topics: array(
    struct({
      name: string,
      partitions: array(struct({ partitionIndex: int32, lowWatermark: int64, errorCode: int16 })),
    }),
  ),
});

export const deleteRecords = api({
  name: 'DeleteRecords',
  key: 21,
  versions: [0, 1],
  request,
  response,
  handle: ({ topics }, context) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, offset }) => ({
        partitionIndex,
        ...remove(name, partitionIndex, offset, context),
      })),
    })),
  }),
});

function remove(topic: string, partition: number, offset: number, { broker, fault }: Context) {
  if (fault !== undefined) return { lowWatermark: -1, errorCode: fault };
  const log = broker.topics.log(topic, partition);
  if (!log) return { lowWatermark: -1, errorCode: errors.UNKNOWN_TOPIC_OR_PARTITION };
  const before = offset === TO_THE_END ? log.endOffset : offset;
  if (before < 0 || before > log.endOffset) return { lowWatermark: -1, errorCode: errors.OFFSET_OUT_OF_RANGE };
  log.deleteBefore(before);
  return { lowWatermark: log.startOffset, errorCode: errors.NONE };
}
