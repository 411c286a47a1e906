import {
  array,
  boolean,
  errors,
  int16,
  int32,
  nullableString,
  string,
  struct,
  throttleTimeMs,
  type ReadOf,
} from '../wire/index.js';
import { TopicConfigs } from '../log/index.js';
import { api, type Context } from './define.js';
import { done, failed, type Outcome } from './outcome.js';

const BY_DEFAULT = -1;
const NODES = 1;

const topic = struct({
  name: string,
  numPartitions: int32,
  replicationFactor: int16,
  assignments: array(struct({ partitionIndex: int32, brokerIds: array(int32) })),
  configs: array(struct({ name: string, value: nullableString })),
});

const request = struct({ topics: array(topic), timeoutMs: int32, validateOnly: boolean });

const response = struct({
  throttleTimeMs: throttleTimeMs(0),
  topics: array(struct({ name: string, errorCode: int16, errorMessage: nullableString })),
});

export const createTopics = api({
  name: 'CreateTopics',
  key: 19,
  versions: [2, 4],
  request,
  response,
  handle: ({ topics, validateOnly }, context) => ({
    topics: topics.map((wanted) => ({ name: wanted.name, ...create(wanted, validateOnly, context) })),
  }),
});

type Wanted = ReadOf<typeof topic>;

function create(wanted: Wanted, validateOnly: boolean, { broker, fault }: Context): Outcome {
  if (fault !== undefined) return failed(fault);
  const taken = broker.topics.refusal(wanted.name);
  if (taken !== undefined) return failed(taken, `Topic '${wanted.name}' already exists or has an illegal name.`);
  const objection = sizeObjection(wanted, broker.nodeId) ?? configObjection(wanted);
  if (objection) return objection;
  if (!validateOnly) {
    const created = broker.topics.create(wanted.name, wanted.assignments.length || positive(wanted.numPartitions));
    created.configs.replace(wanted.configs.map(({ name, value }) => [name, value!] as const));
  }
  return done;
}

const positive = (count: number): number | undefined => (count === BY_DEFAULT ? undefined : count);

function sizeObjection({ numPartitions, replicationFactor, assignments }: Wanted, node: number): Outcome | undefined {
  if (assignments.length > 0) {
    if (numPartitions !== BY_DEFAULT || replicationFactor !== BY_DEFAULT) {
      return failed(errors.INVALID_REQUEST, 'Partitions and replication factor must be -1 beside an assignment.');
    }
    const possible = assignments.every(({ brokerIds }) => brokerIds.length === NODES && brokerIds[0] === node);
    return possible ? undefined : failed(errors.INVALID_REPLICA_ASSIGNMENT, `The only broker is ${node}.`);
  }
  if (numPartitions !== BY_DEFAULT && numPartitions < 1) {
    return failed(errors.INVALID_PARTITIONS, 'Number of partitions was set to an invalid non-positive value.');
  }
  if (replicationFactor !== BY_DEFAULT && replicationFactor !== NODES) {
    return failed(errors.INVALID_REPLICATION_FACTOR, `Unable to replicate ${replicationFactor} times: one broker.`);
  }
  return undefined;
}

function configObjection({ configs }: Wanted): Outcome | undefined {
  for (const { name, value } of configs) {
    const objection = TopicConfigs.objection(name, value);
    if (objection) return failed(errors.INVALID_CONFIG, objection);
  }
  return undefined;
}
