import {
  array,
  boolean,
  errors,
  int16,
  int32,
  nullableArray,
  nullableString,
  string,
  struct,
  throttleTimeMs,
} from '../wire/index.js';
import { api, type Context } from './define.js';
import { done, failed, type Outcome } from './outcome.js';

const request = struct({
  topics: array(
    struct({ name: string, count: int32, assignments: nullableArray(struct({ brokerIds: array(int32) })) }),
  ),
  timeoutMs: int32,
  validateOnly: boolean,
});

const response = struct({
  throttleTimeMs: throttleTimeMs(0),
  results: array(struct({ name: string, errorCode: int16, errorMessage: nullableString })),
});

export const createPartitions = api({
  name: 'CreatePartitions',
  key: 37,
  versions: [0, 1],
  request,
  response,
  handle: ({ topics, validateOnly }, context) => ({
    results: topics.map(({ name, count }) => ({ name, ...widen(name, count, validateOnly, context) })),
  }),
});

function widen(name: string, count: number, validateOnly: boolean, { broker, fault }: Context): Outcome {
  if (fault !== undefined) return failed(fault);
  const topic = broker.topics.get(name);
  if (!topic) return failed(errors.UNKNOWN_TOPIC_OR_PARTITION, 'This server does not host this topic-partition.');
  const present = topic.partitions.length;
  if (count <= present) {
    return failed(errors.INVALID_PARTITIONS, `Topic currently has ${present} partitions, which is not below ${count}.`);
  }
  if (!validateOnly) broker.topics.widen(topic, count);
  return done;
}
