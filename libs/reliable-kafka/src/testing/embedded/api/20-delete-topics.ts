import { array, errors, int16, int32, string, struct, throttleTimeMs, type ErrorCode } from '../wire/index.js';
import { api, type Context } from './define.js';

const request = struct({ topicNames: array(string), timeoutMs: int32 });

const response = struct({
  throttleTimeMs: throttleTimeMs(0),
  responses: array(struct({ name: string, errorCode: int16 })),
});

export const deleteTopics = api({
  name: 'DeleteTopics',
  key: 20,
  versions: [1, 3],
  request,
  response,
  handle: ({ topicNames }, context) => ({
    responses: topicNames.map((name) => ({ name, errorCode: context.fault ?? remove(name, context) })),
  }),
});

function remove(name: string, { broker }: Context): ErrorCode {
  const topic = broker.topics.get(name);
  if (!topic) return errors.UNKNOWN_TOPIC_OR_PARTITION;
  broker.topics.delete(topic);
  return errors.NONE;
}
