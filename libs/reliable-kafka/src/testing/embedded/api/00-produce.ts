import {
  array,
  batchHeader,
  errors,
  int16,
  int32,
  int64,
  nullableRecords,
  nullableString,
  since,
  soundBatch,
  string,
  struct,
  throttleTimeMs,
  type BatchHeader,
  type ErrorCode,
} from '../wire/index.js';
import type { TopicConfigs } from '../log/index.js';
import { HANG_UP, SILENCE, api, type Context } from './define.js';

const OLDEST_WITH_FORMAT_2 = 3;
const OLDEST_WITH_ZSTD = 7;
const ZSTD = 4;
const NO_TIMESTAMP = -1;
const NOT_APPENDED = { baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1 };

const request = struct({
  transactionalId: since(3, nullableString, null),
  acks: int16,
  timeoutMs: int32,
  topics: array(struct({ name: string, partitions: array(struct({ index: int32, records: nullableRecords })) })),
});

const response = struct({
  topics: array(
    struct({
      name: string,
      partitions: array(
        struct({
          index: int32,
          errorCode: int16,
          baseOffset: int64,
          logAppendTimeMs: since(2, int64, -1),
          logStartOffset: since(5, int64, -1),
          recordErrors: since(8, array(struct({ batchIndex: int32, message: nullableString })), []),
          errorMessage: since(8, nullableString, null),
        }),
      ),
    }),
  ),
  throttleTimeMs: throttleTimeMs(1),
});

/** Versions 0 to 2 are advertised, as Kafka 4 does for the sake of librdkafka, but not served: their format is older. */
export const produce = api({
  name: 'Produce',
  key: 0,
  versions: [0, 8],
  request,
  response,
  handle: ({ transactionalId, acks, topics }, context) => {
    if (context.version < OLDEST_WITH_FORMAT_2) return HANG_UP;
    const answer = topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index, records }) => {
        const refused = (errorCode: ErrorCode) => ({ index, errorCode, ...NOT_APPENDED });
        if (context.fault !== undefined) return refused(context.fault);
        if (acks < -1 || acks > 1) return refused(errors.INVALID_REQUIRED_ACKS);
        return { index, ...append(context, transactionalId, name, index, records) };
      }),
    }));
    if (acks !== 0) return { topics: answer };
    const failed = answer.some(({ partitions }) => partitions.some(({ errorCode }) => errorCode !== errors.NONE));
    return failed ? HANG_UP : SILENCE;
  },
});

function append(context: Context, transactionalId: string | null, name: string, index: number, bytes: Buffer | null) {
  const refused = (errorCode: ErrorCode) => ({ errorCode, ...NOT_APPENDED });
  const topic = context.broker.topics.get(name);
  const log = topic?.partitions[index];
  if (!topic || !log) return refused(errors.UNKNOWN_TOPIC_OR_PARTITION);
  const batch = soundBatch(bytes);
  if (typeof batch === 'number') return refused(batch);
  const header = batchHeader(batch);
  const objection =
    batchObjection(batch, header, topic.configs, context.version) ??
    (header.transactional && !log.producers.hasOpenTransaction(header.producerId)
      ? transactionObjection(context, transactionalId, name, index, header)
      : undefined);
  if (objection !== undefined) return refused(objection);
  const logAppendTime = topic.configs.get('message.timestamp.type') === 'LogAppendTime';
  const { error, baseOffset, logAppendTime: time } = log.append(batch, { logAppendTime });
  if (error !== errors.NONE) return refused(error);
  return { errorCode: error, baseOffset, logAppendTimeMs: time, logStartOffset: log.startOffset };
}

function batchObjection(batch: Buffer, header: BatchHeader, configs: TopicConfigs, version: number) {
  if (header.compression === ZSTD && version < OLDEST_WITH_ZSTD) return errors.UNSUPPORTED_COMPRESSION_TYPE;
  if (batch.length > configs.number('max.message.bytes')) return errors.MESSAGE_TOO_LARGE;
  if (configs.get('message.timestamp.type') === 'LogAppendTime') return undefined;
  const ahead = header.maxTimestamp - Date.now();
  const behind = header.baseTimestamp === NO_TIMESTAMP ? 0 : Date.now() - header.baseTimestamp;
  const untimely =
    ahead > configs.number('message.timestamp.after.max.ms') ||
    behind > configs.number('message.timestamp.before.max.ms');
  return untimely ? errors.INVALID_TIMESTAMP : undefined;
}

/** The first batch of a transaction in a partition must have been announced to the coordinator. */
function transactionObjection(
  { broker }: Context,
  transactionalId: string | null,
  topic: string,
  partition: number,
  header: BatchHeader,
): ErrorCode | undefined {
  if (transactionalId === null) return errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
  const objection = broker.transactions.objection(transactionalId, header);
  if (objection === errors.PRODUCER_FENCED) return errors.INVALID_PRODUCER_EPOCH;
  if (objection !== undefined) return objection;
  const announced = broker.transactions.hasPartition(transactionalId, topic, partition);
  return announced ? undefined : errors.INVALID_TXN_STATE;
}
