import {
  array,
  errors,
  int16,
  int32,
  int64,
  int8,
  nullableArray,
  nullableRecords,
  since,
  string,
  struct,
  throttleTimeMs,
  type ErrorCode,
  type ReadOf,
} from '../wire/index.js';
import type { PartitionLog } from '../log/index.js';
import { after } from '../timer.js';
import { api, type Context } from './define.js';
import { leaderEpochObjection } from './shared.js';

const READ_COMMITTED = 1;
const NO_SESSION = 0;
const NO_OFFSETS = { highWatermark: -1, lastStableOffset: -1, logStartOffset: -1, abortedTransactions: null };

const request = struct({
  replicaId: int32,
  maxWaitMs: int32,
  minBytes: int32,
  maxBytes: int32,
  isolationLevel: int8,
  sessionId: since(7, int32, NO_SESSION),
  sessionEpoch: since(7, int32, -1),
  topics: array(
    struct({
      topic: string,
      partitions: array(
        struct({
          partition: int32,
          currentLeaderEpoch: since(9, int32, -1),
          fetchOffset: int64,
          logStartOffset: since(5, int64, -1),
          partitionMaxBytes: int32,
        }),
      ),
    }),
  ),
  forgottenTopics: since(7, array(struct({ topic: string, partitions: array(int32) })), []),
  rackId: since(11, string, ''),
});

const response = struct({
  throttleTimeMs: throttleTimeMs(1),
  errorCode: since(7, int16, errors.NONE),
  sessionId: since(7, int32, NO_SESSION),
  topics: array(
    struct({
      topic: string,
      partitions: array(
        struct({
          partition: int32,
          errorCode: int16,
          highWatermark: int64,
          lastStableOffset: int64,
          logStartOffset: since(5, int64, -1),
          abortedTransactions: nullableArray(struct({ producerId: int64, firstOffset: int64 })),
          preferredReadReplica: since(11, int32, -1),
          records: nullableRecords,
        }),
      ),
    }),
  ),
});

type FetchRequest = ReadOf<typeof request>;
type Wanted = FetchRequest['topics'][number]['partitions'][number];

/** Fetch sessions are declined (session id 0), so every request names all of its partitions. */
export const fetch = api({
  name: 'Fetch',
  key: 1,
  versions: [4, 11],
  request,
  response,
  handle: async (wanted, context) => {
    if (wanted.sessionId !== NO_SESSION) return { errorCode: errors.FETCH_SESSION_ID_NOT_FOUND, topics: [] };
    if (context.fault === undefined) await enough(wanted, context);
    let left = wanted.maxBytes;
    let empty = true;
    const topics = wanted.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map((one) => {
        const { partition } = one;
        const error = context.fault ?? objection(context, topic, one);
        if (error !== undefined) return { partition, errorCode: error, ...NO_OFFSETS, records: [] };
        const log = context.broker.topics.log(topic, partition)!;
        const limit = readLimit(log, wanted.isolationLevel);
        const records = log.read(one.fetchOffset, limit, Math.min(one.partitionMaxBytes, left), empty);
        for (const piece of records) left -= piece.length;
        empty &&= records.length === 0;
        return {
          partition,
          errorCode: errors.NONE,
          highWatermark: log.endOffset,
          lastStableOffset: log.stableOffset,
          logStartOffset: log.startOffset,
          abortedTransactions:
            wanted.isolationLevel === READ_COMMITTED ? log.producers.abortedBetween(one.fetchOffset, limit) : null,
          records,
        };
      }),
    }));
    return { topics };
  },
});

/** Resolves once the answer has its least size, has an error to tell, or has waited for as long as the client allows. */
function enough(wanted: FetchRequest, context: Context): Promise<void> | void {
  const ready = (): boolean => {
    let available = 0;
    for (const { topic, partitions } of wanted.topics) {
      for (const one of partitions) {
        if (objection(context, topic, one) !== undefined) return true;
        const log = context.broker.topics.log(topic, one.partition)!;
        const bytes = log.available(one.fetchOffset, readLimit(log, wanted.isolationLevel));
        available += Math.min(bytes, one.partitionMaxBytes);
      }
    }
    return available >= wanted.minBytes || wanted.topics.length === 0;
  };
  if (wanted.maxWaitMs <= 0 || ready()) return;
  const positions = wanted.topics.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition }) => context.broker.topics.log(topic, partition)!),
  );
  return new Promise((resolve) => {
    const done = (): void => {
      cancelTimer();
      for (const unwatch of unwatches) unwatch();
      context.gone.removeEventListener('abort', done);
      resolve();
    };
    const check = (): void => {
      if (ready()) done();
    };
    const cancelTimer = after(wanted.maxWaitMs, done);
    const unwatches = positions.map((log) => log.watch(check));
    context.gone.addEventListener('abort', done);
  });
}

function objection(context: Context, topic: string, wanted: Wanted): ErrorCode | undefined {
  const log = context.broker.topics.log(topic, wanted.partition);
  if (!log) return errors.UNKNOWN_TOPIC_OR_PARTITION;
  const stale = leaderEpochObjection(wanted.currentLeaderEpoch);
  if (stale !== undefined) return stale;
  return log.holds(wanted.fetchOffset) ? undefined : errors.OFFSET_OUT_OF_RANGE;
}

function readLimit(log: PartitionLog, isolationLevel: number): number {
  return isolationLevel === READ_COMMITTED ? log.stableOffset : log.endOffset;
}
