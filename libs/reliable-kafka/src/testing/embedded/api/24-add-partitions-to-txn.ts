import { array, errors, int16, int32, int64, string, struct, throttleTimeMs } from '../wire/index.js';
import { api } from './define.js';
import { transactionObjection } from './shared.js';

const request = struct({
  transactionalId: string,
  producerId: int64,
  producerEpoch: int16,
  topics: array(struct({ name: string, partitions: array(int32) })),
});

const response = struct({
  throttleTimeMs: throttleTimeMs(0),
  results: array(
    struct({ name: string, resultsByPartition: array(struct({ partitionIndex: int32, partitionErrorCode: int16 })) }),
  ),
});

/** All or none: one unknown partition, and the others are not attempted. */
export const addPartitionsToTxn = api({
  name: 'AddPartitionsToTxn',
  key: 24,
  versions: [0, 2],
  request,
  response,
  handle: (wanted, context) => {
    const { transactionalId, topics } = wanted;
    const { topics: known, transactions } = context.broker;
    const isKnown = (topic: string, partition: number) => known.log(topic, partition) !== undefined;
    const allKnown = topics.every(({ name, partitions }) => partitions.every((one) => isKnown(name, one)));
    const objection = context.fault ?? (allKnown ? transactionObjection(wanted, context) : undefined);
    if (allKnown && objection === undefined) {
      for (const { name, partitions } of topics) {
        for (const one of partitions) transactions.addPartition(transactionalId, name, one);
      }
    }
    const outcome = (topic: string, partition: number) => {
      if (objection !== undefined || allKnown) return objection ?? errors.NONE;
      return isKnown(topic, partition) ? errors.OPERATION_NOT_ATTEMPTED : errors.UNKNOWN_TOPIC_OR_PARTITION;
    };
    return {
      results: topics.map(({ name, partitions }) => ({
        name,
        resultsByPartition: partitions.map((partitionIndex) => ({
          partitionIndex,
          partitionErrorCode: outcome(name, partitionIndex),
        })),
      })),
    };
  },
});
