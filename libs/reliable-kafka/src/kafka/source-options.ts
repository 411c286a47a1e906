import type { ConsumerConfig, KafkaConfig } from 'kafkajs';
import type {
  ConfigurationProblem,
  EmitEvent,
  Log,
  ReliableConsumerOptions,
  RuntimeOptions,
  TopicOptions,
} from '../contracts/index.js';
import type { Remembering } from '../durability/index.js';

export interface RecordSourceOptions extends Pick<
  RuntimeOptions,
  'adopt' | 'audit' | 'durability' | 'outOfRange' | 'metadataMaxAge' | 'drainTimeout'
> {
  readonly client: KafkaConfig;
  readonly consumer: ReliableConsumerOptions;
  /** Names are consumed as they are; a RegExp takes every topic that it matches, save internal, reply and dead letter topics. */
  readonly topics: readonly (string | RegExp)[];
  /** `RuntimeOptions.topics`. */
  readonly topicOptions?: Readonly<Record<string, TopicOptions>>;
  /** All dead letter topics of the handlers: audited, and meant by no RegExp. */
  readonly deadLetterTopics?: readonly string[];
  /** Those in which the records of a topic can end: made when they are missing, and compared with it. */
  readonly deadLettersOf?: (topic: string) => readonly string[];
  /** The handlers of a topic that remember for a while what they have handled: for the audit. */
  readonly remembering?: (topic: string) => readonly Remembering[];
  /** Start-up checks that need the partition counts; what they find is told together with the rest. */
  readonly validate?: (partitionCounts: ReadonlyMap<string, number>) => readonly ConfigurationProblem[];
  readonly emit: EmitEvent;
  readonly log: Log;
}

/** kafkajs's defaults that we need to know. */
const KAFKAJS = { sessionTimeout: 30_000, rebalanceTimeout: 60_000, heartbeatInterval: 3_000 };

/** Ours where kafkajs's do harm: it waits 5,000 ms before it notices that a partition was resumed, and creates topics by asking for them. */
const OURS = { maxWaitTimeInMs: 250, allowAutoTopicCreation: false };

export const DRAIN_TIMEOUT = 25_000;
export const METADATA_MAX_AGE = 300_000;

/** kafkajs's options for a consumer, every default of ours and every one that we reckon with filled in. */
export function kafkaJsOptions(consumer: ReliableConsumerOptions, metadataMaxAge: number) {
  const { startFrom: _, ...given } = consumer;
  const defined = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...KAFKAJS, ...OURS, metadataMaxAge, ...(defined as typeof given) } satisfies ConsumerConfig;
}

export type KafkaJsOptions = ReturnType<typeof kafkaJsOptions>;
