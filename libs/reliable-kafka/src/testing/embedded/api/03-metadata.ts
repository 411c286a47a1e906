import {
  array,
  boolean,
  errors,
  int16,
  int32,
  nullableArray,
  nullableString,
  since,
  string,
  struct,
  throttleTimeMs,
  type ErrorCode,
} from '../wire/index.js';
import { LEADER_EPOCH } from '../log/index.js';
import { api, type Context } from './define.js';
import { OPERATIONS_NOT_ASKED } from './shared.js';

const request = struct({
  topics: nullableArray(struct({ name: string })),
  allowAutoTopicCreation: since(4, boolean, true),
  includeClusterAuthorizedOperations: since(8, boolean, false),
  includeTopicAuthorizedOperations: since(8, boolean, false),
});

const response = struct({
  throttleTimeMs: throttleTimeMs(3),
  brokers: array(struct({ nodeId: int32, host: string, port: int32, rack: since(1, nullableString, null) })),
  clusterId: since(2, nullableString, null),
  controllerId: since(1, int32, -1),
  topics: array(
    struct({
      errorCode: int16,
      name: string,
      isInternal: since(1, boolean, false),
      partitions: array(
        struct({
          errorCode: int16,
          partitionIndex: int32,
          leaderId: int32,
          leaderEpoch: since(7, int32, -1),
          replicaNodes: array(int32),
          isrNodes: array(int32),
          offlineReplicas: since(5, array(int32), []),
        }),
      ),
      topicAuthorizedOperations: since(8, int32, OPERATIONS_NOT_ASKED),
    }),
  ),
  clusterAuthorizedOperations: since(8, int32, OPERATIONS_NOT_ASKED),
});

export const metadata = api({
  name: 'Metadata',
  key: 3,
  versions: [0, 8],
  request,
  response,
  handle: ({ topics, allowAutoTopicCreation }, context) => {
    const { broker, version } = context;
    const all = topics === null || (version === 0 && topics.length === 0);
    const names = all ? broker.topics.all().map(({ name }) => name) : topics.map(({ name }) => name);
    return {
      brokers: [{ nodeId: broker.nodeId, host: broker.host, port: broker.port }],
      clusterId: broker.clusterId,
      controllerId: broker.nodeId,
      topics: names.map((name) => {
        const error = context.fault ?? find(context, name, allowAutoTopicCreation);
        return { name, errorCode: error, partitions: error === errors.NONE ? partitionsOf(context, name) : [] };
      }),
    };
  },
});

function find({ broker }: Context, name: string, mayCreate: boolean): ErrorCode {
  const refusal = broker.topics.refusal(name);
  if (refusal === errors.TOPIC_ALREADY_EXISTS) return errors.NONE;
  if (refusal !== undefined) return refusal;
  if (!mayCreate || !broker.settings.autoCreateTopics) return errors.UNKNOWN_TOPIC_OR_PARTITION;
  broker.topics.create(name);
  return errors.NONE;
}

function partitionsOf({ broker }: Context, name: string) {
  return broker.topics.get(name)!.partitions.map((_, partitionIndex) => ({
    errorCode: errors.NONE,
    partitionIndex,
    leaderId: broker.nodeId,
    leaderEpoch: LEADER_EPOCH,
    replicaNodes: [broker.nodeId],
    isrNodes: [broker.nodeId],
  }));
}
