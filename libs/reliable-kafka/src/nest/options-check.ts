import { ConfigurationError } from '../contracts/index.js';
import type { ConfigurationProblem } from '../contracts/index.js';
import { wrongCommitAfter, wrongDeadLetter, wrongRetry } from './handlers/index.js';
import type { Wrong } from './handlers/index.js';
import type { ReliableKafkaOptions } from './options.js';
import { reliableKafka } from './transport.js';

type Check = (value: any, where: string) => Problems;
type Problems = readonly (ConfigurationProblem | undefined)[];

const wholeNumber =
  (least: number): Check =>
  (value, where) => [
    Number.isInteger(value) && value >= least
      ? undefined
      : { where, what: `it is ${shown(value)}`, remedy: `Give a whole number of at least ${least}.` },
  ];
const oneOf =
  (...allowed: unknown[]): Check =>
  (value, where) => [
    allowed.includes(value)
      ? undefined
      : { where, what: `it is ${shown(value)}`, remedy: `Give ${allowed.map(shown).join(' or ')}.` },
  ];
const withMethod =
  (method: string): Check =>
  (value, where) => [
    typeof value?.[method] === 'function'
      ? undefined
      : { where, what: `it has no ${method}()`, remedy: `Give an object with a method ${method}().` },
  ];
/** Absent properties are fine; unknown ones are misspelt. */
const object =
  (properties: Readonly<Record<string, Check>>, remedies: Readonly<Record<string, string>> = {}): Check =>
  (value, where) =>
    typeof value !== 'object' || value === null
      ? [{ where, what: `it is ${shown(value)}`, remedy: 'Give an object.' }]
      : Object.entries(value).flatMap(([name, one]) => {
          const path = where === ROOT ? name : `${where}.${name}`;
          if (one === undefined) return [];
          const check = properties[name];
          if (check) return check(one, path);
          const remedy = remedies[name] ?? `Known here: ${Object.keys(properties).join(', ')}.`;
          return [{ where: path, what: 'there is no such option', remedy }];
        });
/** Properties that the user names. */
const byName =
  (each: Check, remedy: string): Check =>
  (value, where) =>
    typeof value !== 'object' || value === null
      ? [{ where, what: `it is ${shown(value)}`, remedy }]
      : Object.entries(value).flatMap(([name, one]) => each(one, `${where}['${name}']`));
const anything: Check = () => [];

const ROOT = 'options';
const AUDITS = ['off', 'warn', 'refuse'] as const;
const STARTS = ['earliest', 'latest'] as const;

const client: Check = (value, where) => [
  typeof value?.brokers === 'function' || (Array.isArray(value?.brokers) && value.brokers.length > 0)
    ? undefined
    : { where: `${where}.brokers`, what: 'there are none', remedy: "Give a list of addresses: ['localhost:9092']." },
];
const consumer: Check = (value, where) => [
  typeof value?.groupId === 'string' && value.groupId !== ''
    ? undefined
    : {
        where: `${where}.groupId`,
        what: 'it is missing',
        remedy: 'Name the consumer group; the name is used as given.',
      },
  ...(value?.startFrom === undefined ? [] : oneOf(...STARTS)(value.startFrom, `${where}.startFrom`)),
];
const setting: Check = (value, where) => [
  ['string', 'number', 'boolean'].includes(typeof value)
    ? undefined
    : { where, what: `it is ${shown(value)}`, remedy: 'Give a string, a number or a boolean.' },
];
const topic = object({
  partitions: wholeNumber(1),
  replication: wholeNumber(1),
  config: byName(setting, "Give an object by Kafka's names: { 'retention.ms': 604_800_000 }."),
  audit: oneOf(...AUDITS),
  startFrom: oneOf(...STARTS),
});
const topics = byName(topic, "Give an object by topic: { 'orders': { partitions: 12 } }.");
const stores: Check = (value, where) =>
  Array.isArray(value)
    ? value.flatMap((one, i) => (typeof one === 'function' ? [] : withMethod('open')(one, `${where}[${i}]`)))
    : [{ where, what: `it is ${shown(value)}`, remedy: 'Give a list of stores: [typeormIdempotency()].' }];
const probes: Check = (value, where) =>
  Array.isArray(value)
    ? value.flatMap((one, i) => [
        ...withMethod('probe')(one, `${where}[${i}]`),
        typeof one?.backend === 'string' && one.backend !== ''
          ? undefined
          : {
              where: `${where}[${i}].backend`,
              what: 'it is missing',
              remedy: "Say what it probes: 'database', 'ledger'.",
            },
      ])
    : [{ where, what: `it is ${shown(value)}`, remedy: 'Give a list of probes: [typeormProbe()].' }];
const commitAfter: Check = (value, where) => {
  const wrong = wrongCommitAfter(value);
  return [wrong && { where, ...wrong }];
};

const policy =
  (find: (value: unknown) => readonly Wrong[]): Check =>
  (value, where) =>
    find(value).map((one) => ({ where, ...one }));

const rateLimit: Check = (value, where) => [
  ...object({ records: wholeNumber(1), bytes: wholeNumber(1), per: wholeNumber(1) })(value, where),
  value && (value.records ?? value.bytes) === undefined
    ? { where, what: 'it limits nothing', remedy: 'Give records, bytes or both: { records: 500 } in each second.' }
    : undefined,
];

const check = object(
  {
    client,
    consumer,
    producer: object(
      {
        partitioner: anything,
        deliveryTimeout: wholeNumber(1),
        compression: anything,
        retry: anything,
        metadataMaxAge: wholeNumber(1),
        allowAutoTopicCreation: oneOf(true, false),
        transactionTimeout: anything,
        linger: wholeNumber(0),
        batch: object({ records: wholeNumber(1), bytes: wholeNumber(1) }),
        maxBuffered: object({ records: wholeNumber(1), bytes: wholeNumber(1) }),
        rateLimit,
        shards: wholeNumber(1),
      },
      {
        acks: 'Remove it: a send is acknowledged by all replicas in sync (-1); anything less loses acknowledged records.',
      },
    ),
    concurrency: wholeNumber(1),
    drainTimeout: wholeNumber(0),
    defaults: object({ commitAfter, retry: policy(wrongRetry), deadLetter: policy(wrongDeadLetter) }),
    topics,
    adopt: oneOf(true, false),
    audit: oneOf(...AUDITS),
    durability: object({ longestOutage: wholeNumber(1) }),
    probes,
    outOfRange: oneOf('stop', ...STARTS),
    metadataMaxAge: wholeNumber(1),
    maxBuffered: object({ records: wholeNumber(1), bytes: wholeNumber(1) }),
    maxAhead: wholeNumber(1),
    transport: oneOf(reliableKafka()),
    idempotency: stores,
    parking: withMethod('takeOver'),
    serializer: withMethod('serialize'),
    deserializer: withMethod('deserialize'),
    parser: object({ keepBinary: oneOf(true, false) }),
  },
  {
    postfixId: 'Remove it: consumer.groupId is used as given, without a suffix.',
    run: 'Remove it: see `concurrency`, and @CommitAfter for commits.',
    subscribe: 'Remove it: consumer.startFrom says where a new group begins.',
    send: 'Remove it: replies are sent by the producer, see `producer`.',
    producerOnlyMode: 'Remove it: without `consumer` an application only produces.',
    groupId: 'Move it into `consumer`.',
    brokers: 'Move it into `client`.',
  },
);

/** Everything that is wrong with the options by themselves, each with its path. */
export function optionProblems(options: ReliableKafkaOptions): ConfigurationProblem[] {
  const given: unknown = options;
  const required = typeof given === 'object' && given !== null ? { client: undefined, ...given } : given;
  const missing =
    typeof required === 'object' && (required as ReliableKafkaOptions).client === undefined
      ? [{ where: 'client', what: 'it is missing', remedy: "Give kafkajs's KafkaConfig: { brokers: [...] }." }]
      : [];
  return [...missing, ...check(required, ROOT).filter((problem) => problem !== undefined)];
}

/**
 * Throws `ConfigurationError` with everything that is wrong when something is wrong with the producer's options: it is made before the start is checked,
 * and where an application only produces, there is no such start.
 */
export function refuseWrongProducer(options: ReliableKafkaOptions): void {
  const problems = optionProblems(options);
  if (problems.some(({ where }) => where.startsWith('producer'))) throw new ConfigurationError(problems);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
