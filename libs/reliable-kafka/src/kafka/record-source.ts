import { Kafka } from 'kafkajs';
import type { OffsetCommit, PauseReason, RecordSource, SourceListener, TopicPartition } from '../contracts/index.js';
import { ConfigurationError, ReliableKafkaError, partitionName } from '../contracts/index.js';
import { AdminLink } from './admin-link.js';
import { withoutAnswers } from './admin-log.js';
import type { Membership } from './assignment.js';
import { AssignmentCommits } from './assignment-commits.js';
import { Commits } from './commits.js';
import { Consumption } from './consumption.js';
import { DeadLetterTopics } from './dead-letter-topics.js';
import { Gate } from './gate.js';
import { GroupOffsets } from './group-offsets.js';
import { GroupSession } from './group-session.js';
import { Pulse } from './heartbeat.js';
import { withLog } from './kafka-log.js';
import { Lease } from './lease.js';
import { leaveFromOutside, type Group } from './outside.js';
import { untilDone, within } from './retrying.js';
import { defaultSocketFactory } from './socket-factory.js';
import {
  DRAIN_TIMEOUT,
  METADATA_MAX_AGE,
  kafkaJsOptions,
  type KafkaJsOptions,
  type RecordSourceOptions,
} from './source-options.js';
import { loadStarts } from './start-loading.js';
import type { Start } from './start-positions.js';
import { optionProblems } from './start-up-checks.js';
import { askBrokers } from './start-up.js';
import { TopicList } from './topics.js';

/** kafkajs waits so much longer than the rebalance timeout for the answer to a JoinGroup. */
const JOIN_MARGIN = 5_000;

/** How long kafkajs may take to leave the group, beside the fetch that it waits for, and to close its connections. */
const LEAVING = 5_000;
const CLOSING = 2_000;

/**
 * Records of a consumer group, read with kafkajs: the promises of the seam, over a client that makes none of them.
 * It owns its Kafka instance, since kafkajs's consumers share sockets and committed offsets with all others of one instance.
 */
export function createRecordSource(options: RecordSourceOptions): RecordSource {
  return new KafkaRecordSource(options);
}

class KafkaRecordSource implements RecordSource {
  private readonly config: KafkaJsOptions;
  /** Asks and writes beside the gate; never joins the group. */
  private readonly outside: Kafka;
  private readonly admin: AdminLink;
  private readonly offsets: GroupOffsets;
  private readonly topics: TopicList;
  private readonly deadLetters: DeadLetterTopics;
  private readonly lease: Lease;
  private readonly session: GroupSession;
  private readonly gate: Gate;
  private readonly commits: Commits;
  private readonly own: AssignmentCommits;
  private readonly consumption: Consumption;
  private readonly pulse: Pulse;
  private listener!: SourceListener;
  private relisting: NodeJS.Timeout | undefined;
  private stopping: Promise<void> | undefined;

  constructor(private readonly options: RecordSourceOptions) {
    const { client, log, emit, drainTimeout = DRAIN_TIMEOUT, metadataMaxAge = METADATA_MAX_AGE } = options;
    const config = kafkaJsOptions(options.consumer, metadataMaxAge);
    const now = () => performance.now();
    const listener = () => this.listener;
    this.config = config;

    this.outside = new Kafka(withLog(client, withoutAnswers(log)));
    this.admin = new AdminLink(this.outside, () => this.topics.concrete[0]);
    this.offsets = new GroupOffsets(this.admin);
    this.topics = new TopicList(this.admin, options.topics, options.deadLetterTopics);
    this.deadLetters = new DeadLetterTopics({
      admin: this.admin,
      names: options.deadLetterTopics ?? [],
      of: options.deadLettersOf ?? (() => []),
      options: options.topicOptions ?? {},
      log,
    });

    this.lease = new Lease(config.sessionTimeout, now, (held) => this.leaseChanged(held));
    this.session = new GroupSession(this.lease, listener, drainTimeout, log, {
      settled: () => this.gate.settled,
      load: (membership, wanted) => this.load(membership, wanted),
      opening: (starts) => this.opening(starts),
      begin: (starts) => this.consumption.fetching.begin(starts),
      restore: () => this.consumption.fetching.restore(),
      end: () => this.consumption.fetching.end(),
    });
    this.gate = new Gate(this.session, config.rebalanceTimeout + JOIN_MARGIN, now);
    this.commits = new Commits(config.groupId, now, {
      acknowledged: (sentAt) => this.lease.proven(sentAt),
      refused: (member, code) => this.session.refused(member, code),
    });
    this.own = new AssignmentCommits(this.commits, () => this.session.current, log);
    this.consumption = new Consumption({
      options,
      config,
      listener,
      kafka: new Kafka({
        ...withLog(client, log),
        socketFactory: this.gate.wrap(client.socketFactory ?? defaultSocketFactory),
      }),
      topics: this.topics,
      offsets: this.offsets,
      session: this.session,
      commits: this.own,
      leave: () => this.leave(),
      useCluster: (cluster) => this.commits.use(cluster),
    });
    this.pulse = new Pulse({
      heartbeatInterval: config.heartbeatInterval,
      now,
      beat: () => {
        this.lease.tell();
        this.consumption.beat();
      },
      delayed: (ms) => emit({ type: 'event-loop-delayed', ms }),
    });
  }

  async start(listener: SourceListener): Promise<void> {
    this.listener = listener;
    const problems = await this.problems();
    if (problems.length > 0) {
      await this.admin.close();
      throw new ConfigurationError(problems);
    }
    if (this.stopping) throw new ReliableKafkaError('The consumer was stopped before it had started');
    this.pulse.start();
    this.relisting = setInterval(() => void this.relist(), this.config.metadataMaxAge);
    await this.consumption.run.enter();
  }

  stop(): Promise<void> {
    return (this.stopping ??= this.shutDown());
  }

  commit(assignment: number, commits: readonly OffsetCommit[]): Promise<readonly OffsetCommit[]> {
    return this.own.send(assignment, commits);
  }

  pause(partition: TopicPartition, reason: PauseReason): void {
    if (this.consumption.pauses.add(partition, reason)) this.consumption.fetching.pause(partition);
  }

  resume(partition: TopicPartition, reason: PauseReason): void {
    if (this.consumption.pauses.remove(partition, reason)) this.consumption.fetching.resume(partition);
  }

  pauseReasons(partition: TopicPartition): readonly PauseReason[] {
    return this.consumption.pauses.of(partition);
  }

  seek(partition: TopicPartition, offset: bigint): void {
    if (!this.consumption.fetching.has(partition)) {
      const name = partitionName(partition.topic, partition.partition);
      throw new ReliableKafkaError(`${name} cannot be sought: it is not assigned to this process now`);
    }
    this.consumption.fetching.seek(partition, offset);
  }

  offsetAt({ topic, partition }: TopicPartition, timestamp: number): Promise<bigint> {
    return this.offsets.at(topic, partition, timestamp);
  }

  hasLease(): boolean {
    return this.lease.held;
  }

  partitionCounts(): ReadonlyMap<string, number> {
    return this.topics.partitionCounts;
  }

  private get group(): Group {
    return { groupId: this.config.groupId, topic: this.topics.concrete[0] ?? '' };
  }

  private async problems() {
    const { outside: kafka, admin, offsets, topics, deadLetters, config } = this;
    const { log, adopt = false, audit = 'warn', topicOptions = {}, drainTimeout = DRAIN_TIMEOUT } = this.options;
    const { durability, remembering = () => [] } = this.options;
    const ofOptions = optionProblems(config, drainTimeout);
    // Wrong options must not wait for brokers that are away.
    let asked = 0;
    const ofBrokers = await untilDone(
      () => !this.stopping && (ofOptions.length === 0 || asked++ === 0),
      () =>
        askBrokers({
          kafka,
          admin,
          offsets,
          topics,
          groupId: config.groupId,
          topicOptions,
          deadLetters,
          adopt,
          audit,
          rules: { ...durability, remembering },
          log,
        }),
      (error) => log.error(`Kafka does not answer about topics and offsets, trying again: ${String(error)}`),
    );
    if (!ofBrokers) return ofOptions;
    return [...ofOptions, ...ofBrokers, ...(this.options.validate?.(this.partitionCounts()) ?? [])];
  }

  private async load(membership: Membership, wanted: () => boolean): Promise<readonly Start[]> {
    const { emit, outOfRange = 'stop', topicOptions = {}, consumer } = this.options;
    return loadStarts(membership.partitions, {
      groupId: this.config.groupId,
      offsets: this.offsets,
      rules: { outOfRange, startFrom: (topic) => topicOptions[topic]?.startFrom ?? consumer.startFrom ?? 'earliest' },
      commit: (commits) => this.commits.send(membership, () => commits),
      outOfRange: ({ topic, partition, position, logStart, logEnd }) =>
        emit({ type: 'out-of-range', topic, partition, position, logStart, logEnd }),
      wanted,
    });
  }

  private opening(starts: readonly Start[]): void {
    this.own.begin(starts);
    this.consumption.pauses.forget();
    for (const start of starts) if (start.outOfRange) this.consumption.pauses.add(start, 'out-of-range');
  }

  private leaseChanged(held: boolean): void {
    this.options.emit({ type: held ? 'lease-regained' : 'lease-lost' });
    this.listener.leaseChanged(held);
  }

  private async relist(): Promise<void> {
    const { log } = this.options;
    try {
      const { problems } = await this.deadLetters.prepare(await this.consumption.relist());
      for (const { where, what, remedy } of problems) log.warn(`${where}: ${what}. ${remedy}`);
    } catch (error) {
      log.warn(`Topics cannot be listed: ${String(error)}`);
    }
  }

  /** Otherwise the next member would wait for this one until its session is over. */
  private async leave(): Promise<void> {
    const { member } = this.session;
    if (member) await within(CLOSING, leaveFromOutside(this.outside, this.group, member));
  }

  private async shutDown(): Promise<void> {
    clearInterval(this.relisting);
    this.gate.refuseJoins();
    await this.session.close();
    const left = this.consumption.run.end();
    this.gate.cutJoins();
    await within(LEAVING + this.config.maxWaitTimeInMs, left);
    await this.leave();
    this.pulse.stop();
    this.gate.close();
    await within(CLOSING, this.admin.close());
  }
}
