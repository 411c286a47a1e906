import type { ConsumerConfig, KafkaConfig } from 'kafkajs';
import type { CommitPolicy } from './commit-policy.js';
import type { DeadLetterPolicy } from './dead-letter.js';
import type { AuditMode, DurabilityOptions, TopicConfig } from './durability.js';
import type { ReliableProducerOptions } from './producer-options.js';
import type { Probe } from './failure.js';
import type { RetryPolicy } from './retry.js';

export type StartFrom = 'earliest' | 'latest';

export interface TopicOptions {
  /**
   * Creates the topic with so many partitions when it does not exist: when consuming starts, or before the first send. Absent: a missing topic that is
   * consumed is a start-up error.
   */
  readonly partitions?: number;
  /** Replication factor when it is created here; the broker's default when absent. */
  readonly replication?: number;
  /**
   * Settings when it is created here, by Kafka's names: `{ 'retention.ms': 604_800_000 }`. With a `replication` of 3 or more, `min.insync.replicas` is 2
   * and `unclean.leader.election.enable` false unless they are given. A topic that exists is compared and left alone: see `TopicProvisioner`.
   */
  readonly config?: TopicConfig;
  /** Overrides the module's `audit` for this topic. */
  readonly audit?: AuditMode;
  /** Overrides the consumer's `startFrom`. */
  readonly startFrom?: StartFrom;
}

export interface ReliableConsumerOptions extends Omit<ConsumerConfig, 'maxInFlightRequests'> {
  /** Used as given: no suffix is added. */
  readonly groupId: string;
  /** Where a group without commits begins. Default `'earliest'`. */
  readonly startFrom?: StartFrom;
}

/** The options that do not speak of Nest. All times in milliseconds. */
export interface RuntimeOptions {
  /** kafkajs `KafkaConfig`, as is. */
  readonly client: KafkaConfig;
  /** kafkajs `ConsumerConfig` and `startFrom`. Absent: this application only produces. */
  readonly consumer?: ReliableConsumerOptions;
  /** kafkajs `ProducerConfig`. The producer connects on first use. */
  readonly producer?: ReliableProducerOptions;
  /** Handlers in flight in this process. Default 256. */
  readonly concurrency?: number;
  /** How long a drain waits for running handlers before it abandons them. Default 25,000. */
  readonly drainTimeout?: number;
  /** Policies for handlers that have none of their own. */
  readonly defaults?: {
    readonly commitAfter?: CommitPolicy['after'];
    readonly retry?: RetryPolicy;
    readonly deadLetter?: DeadLetterPolicy;
  };
  /** What is provisioned, audited and referred to, by topic. */
  readonly topics?: Readonly<Record<string, TopicOptions>>;
  /** Copy the offsets of `<groupId>-server`, Nest's own group name, when this group has none. Default false: finding them is a start-up error. */
  readonly adopt?: boolean;
  /**
   * What to do at start about topics that can lose records, or keep them for longer than a guard remembers them: see `TopicAudit`. Default `'warn'`: one
   * line for all topics that share a finding. `'refuse'` makes what loses or repeats records a start-up error; `'off'` asks nothing.
   */
  readonly audit?: AuditMode;
  /** What the audit cannot know by itself. */
  readonly durability?: DurabilityOptions;
  /**
   * How to find out whether what handlers depend on is down, beside Kafka and the databases of the stores, which tell it themselves: `typeormProbe()`,
   * `redisProbe({ url })`, your own.
   */
  readonly probes?: readonly Probe[];
  /** What to do when a committed position lies outside the log. Default `'stop'`: the partition stays paused and health is red. */
  readonly outOfRange?: 'stop' | StartFrom;
  /** How often RegExp topics are listed again. Default 300,000. */
  readonly metadataMaxAge?: number;
  /** Records and bytes buffered in this process, one fetch included. Default 250,000 records and 128 MiB. */
  readonly maxBuffered?: { readonly records?: number; readonly bytes?: number };
  /** How many offsets past its watermark a partition may run. Default 100,000. */
  readonly maxAhead?: number;
}
