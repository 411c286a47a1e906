import type {
  AssignedPartition,
  ConfigurationProblem,
  ConsumerStats,
  DeadLetterSink,
  Decode,
  DrainReason,
  EmitEvent,
  HandlerBinding,
  Log,
  ParkingStore,
  Probe,
  RecordBatch,
  RecordSource,
  RuntimeOptions,
  SourceListener,
} from '../contracts/index.js';
import { partitionName, ReliableKafkaError } from '../contracts/index.js';
import { BufferBudget, Places } from '../flow/index.js';
import { createRecordSource } from '../kafka/index.js';
import { CommitScheduler } from '../offsets/index.js';
import { LaneScheduler } from '../ordering/index.js';
import { exponential } from '../retry/index.js';
import type { ConsumerCondition } from '../telemetry/index.js';
import { Attempts } from './attempts.js';
import { drain, ended, settle } from './drain.js';
import { Failures } from './failures.js';
import { Feeding } from './feeding.js';
import { handlerConditions } from './handler-conditions.js';
import { OperatorPauses } from './operator-pauses.js';
import { Outages } from './outages.js';
import { type PartitionParking, Rounds } from './parking/index.js';
import { PartitionSession } from './partition-session.js';
import { Router } from './routes.js';
import { offsetOf, type SeekTarget, targetsOf } from './seek.js';
import type { Shared } from './shared.js';
import { StuckWatch } from './stuck-watch.js';
import type { Task } from './task.js';
import { after, Waiters } from './waiting.js';

const CONCURRENCY = 256;
const DRAIN_TIMEOUT = 25_000;
const MAX_BUFFERED = { records: 250_000, bytes: 128 * 1024 * 1024 };
const MAX_AHEAD = 100_000;

export interface ConsumerRuntimeOptions {
  readonly options: RuntimeOptions;
  readonly bindings: readonly HandlerBinding[];
  readonly decode: Decode;
  readonly emit: EmitEvent;
  readonly log: Log;
  /** More start-up checks, made when the topics are known; what they find is told together with everything else. */
  readonly validate?: (partitionCounts: ReadonlyMap<string, number>) => readonly ConfigurationProblem[];
  /** Where dead records go; needed where a handler has a dead letter topic. */
  readonly deadLetters?: DeadLetterSink;
  /** Where keys are parked; needed where a handler parks, or where a dead letter holds its key. */
  readonly parking?: ParkingStore;
  /** How to find out whether what handlers need is down. */
  readonly probes?: readonly Probe[];
  /** Where records come from. Default: Kafka. */
  readonly source?: RecordSource;
}

/** One consumer: joins source, lanes, offsets and handlers into the path of a record. */
export class ConsumerRuntime implements SourceListener {
  private readonly source: RecordSource;
  private readonly shared: Shared;
  private readonly attempts: Attempts;
  private readonly router: Router;
  private readonly sessions = new Map<string, PartitionSession>();
  private readonly waiters = new Waiters();
  private readonly pauses: OperatorPauses;
  private readonly outages: Outages;
  private readonly rounds: Rounds | undefined;
  private readonly drainTimeout: number;
  private stuckWatch: StuckWatch | undefined;
  private assignment = 0;
  private state: ConsumerStats['state'] = 'stopped';

  constructor(setup: ConsumerRuntimeOptions) {
    const { options, decode, emit } = setup;
    this.router = new Router(setup.bindings);
    this.source = setup.source ?? kafkaSource(setup, this.router);
    this.drainTimeout = options.drainTimeout ?? DRAIN_TIMEOUT;
    this.pauses = new OperatorPauses(this.source, this.sessions);
    const { parking } = setup;
    const probes = [...(setup.probes ?? []), ...(parking ? [parking] : [])];
    this.outages = new Outages({ probes, source: this.source, backoff: exponential(1_000, { max: 10_000 }), emit });
    const feeding = new Feeding();
    this.rounds = parking && new Rounds(parking, () => this.partitionParkings(), emit);
    this.shared = {
      feeding,
      source: this.source,
      scheduler: new LaneScheduler<Task>({
        concurrency: options.concurrency ?? CONCURRENCY,
        run: (task, lane) => this.attempts.run(task, lane),
        canStart: () => this.source.hasLease(),
        more: () => feeding.more(),
        after,
      }),
      commits: new CommitScheduler({
        commit: (commits) => this.source.commit(this.assignment, commits),
        after,
        backoff: exponential(100, { max: 5000 }),
        failed: (error) => emit({ type: 'commit-failed', error }),
      }),
      budget: new BufferBudget({ ...MAX_BUFFERED, ...options.maxBuffered }),
      decode,
      failures: new Failures({
        defaults: options.defaults?.retry ?? {},
        outages: this.outages,
        deadLetters: setup.deadLetters,
        decode,
        emit,
      }),
      parking: parking && {
        store: parking,
        group: options.consumer?.groupId ?? '',
        rounds: this.rounds!,
        outages: this.outages,
        emit,
      },
      trial: new Places(1),
      timeout: options.defaults?.retry?.timeout,
      maxAhead: options.maxAhead ?? MAX_AHEAD,
      emit,
    };
    this.attempts = new Attempts(this.shared, () => this.waiters.look());
  }

  /** Resolves when the start-up checks have passed and the group is being joined; rejects with `ConfigurationError`, which lists all that is wrong. */
  async start(): Promise<void> {
    this.state = 'starting';
    this.stuckWatch = new StuckWatch(() => this.shared.scheduler.runningTasks(), this.shared.emit);
    try {
      await this.source.start(this);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Drains, commits, leaves the group. Idempotent. */
  async close(): Promise<void> {
    await this.source.stop();
    this.state = 'stopped';
    this.stuckWatch?.close();
    for (const session of this.sessions.values()) session.end();
    this.sessions.clear();
    this.shared.commits.close();
    this.outages.close();
    this.rounds?.close();
    this.waiters.look();
  }

  assigned(assignment: number, partitions: readonly AssignedPartition[]): readonly bigint[] {
    this.assignment = assignment;
    this.state = 'running';
    const assigned = new Set(partitions.map(({ topic, partition }) => partitionName(topic, partition)));
    for (const [name, session] of this.sessions) if (!assigned.has(name)) session.end();
    const positions = partitions.map((partition) =>
      this.session(partition.topic, partition.partition).assign(partition),
    );
    this.pauses.reapply();
    this.outages.reapply();
    this.shared.emit({ type: 'assigned', assignment, partitions });
    this.waiters.look();
    return positions;
  }

  records(batch: RecordBatch): void {
    this.sessions.get(partitionName(batch.topic, batch.partition))?.receive(batch);
  }

  async drain(reason: DrainReason): Promise<void> {
    this.state = 'draining';
    const started = performance.now();
    const abandoned = await drain([...this.sessions.values()], this.drainTimeout, this.shared, this.waiters);
    this.shared.emit({ type: 'drained', reason, ms: Math.round(performance.now() - started), abandoned });
  }

  revoked(): void {
    for (const session of this.sessions.values()) session.revoke();
    this.shared.emit({ type: 'revoked' });
  }

  leaseChanged(held: boolean): void {
    if (held) this.shared.scheduler.pump();
    else for (const task of this.shared.scheduler.runningTasks()) task.abort();
  }

  /** Waits until the attempts that run now have ended, starting none meanwhile; commits; goes on. */
  async settleRunning(): Promise<void> {
    const sessions = [...this.sessions.values()];
    await settle(sessions, this.drainTimeout, this.waiters);
    await this.shared.commits.flush();
    for (const session of sessions) session.open('draining');
  }

  /** Resolves when nothing is buffered or in flight here. */
  idle(): Promise<void> {
    return this.waiters.until(
      () => [...this.sessions.values()].every((session) => session.isIdle) && this.shared.scheduler.inFlight === 0,
    );
  }

  /** Neither fetches nor starts records of the topic (of all, when absent), here and wherever this process gets it assigned again. */
  pause(topic?: string, partitions?: readonly number[]): void {
    this.pauses.pause(topic, partitions);
  }

  resume(topic?: string, partitions?: readonly number[]): void {
    this.pauses.resume(topic, partitions);
  }

  setConcurrency(concurrency: number): void {
    if (!Number.isInteger(concurrency) || concurrency < 1)
      throw new RangeError(`concurrency must be a whole number of at least 1, not ${concurrency}`);
    this.shared.scheduler.setConcurrency(concurrency);
  }

  /** Ends what runs, opens an epoch at the new position and commits it. Only for partitions that are owned here. */
  async seek(target: SeekTarget): Promise<void> {
    const sessions = targetsOf(target, this.sessions.values());
    for (const session of sessions) session.close('seeking');
    try {
      await ended(sessions, this.drainTimeout, this.waiters);
      for (const session of sessions) {
        const offset = await offsetOf(target, session, this.source);
        if (!session.isAssigned)
          throw new ReliableKafkaError(`${session.name} was taken away during the seek. Seek where it is owned now`);
        session.restartAt(offset);
        this.source.seek(session, offset);
      }
      await this.shared.commits.flush();
    } finally {
      for (const session of sessions) session.open('seeking');
    }
  }

  /** What an audit on demand looks at. */
  get audited() {
    return {
      topics: [...this.source.partitionCounts().keys(), ...this.router.deadLetterTopics],
      remembering: (topic: string) => this.router.remembering(topic),
    };
  }

  stats(): ConsumerStats {
    const partitions = this.assignedSessions.map((session) => session.stats());
    return {
      state: this.state,
      concurrency: this.shared.scheduler.concurrency,
      inFlight: this.shared.scheduler.inFlight,
      buffered: partitions.reduce((sum, { buffered }) => sum + buffered, 0),
      partitions,
    };
  }

  /** For those who judge the consumer's health. */
  condition(): ConsumerCondition {
    return {
      state: this.state,
      hasLease: this.source.hasLease(),
      partitions: this.assignedSessions.map((session) => session.progress()),
      handlers: handlerConditions({
        sessions: this.assignedSessions,
        running: this.shared.scheduler.runningTasks(),
        stuck: this.stuckWatch?.stuck() ?? [],
      }),
    };
  }

  private get assignedSessions(): PartitionSession[] {
    return [...this.sessions.values()].filter((session) => session.isAssigned);
  }

  private *partitionParkings(): Generator<PartitionParking> {
    for (const { parking } of this.sessions.values()) if (parking) yield parking;
  }

  private session(topic: string, partition: number): PartitionSession {
    const name = partitionName(topic, partition);
    let session = this.sessions.get(name);
    if (!session)
      this.sessions.set(name, (session = new PartitionSession(topic, partition, this.router.of(topic), this.shared)));
    return session;
  }
}

function kafkaSource({ options, bindings, emit, log, validate }: ConsumerRuntimeOptions, router: Router): RecordSource {
  const { client, consumer, topics, adopt, audit, durability, outOfRange, metadataMaxAge, drainTimeout } = options;
  if (!consumer)
    throw new ReliableKafkaError(
      'Nothing can be consumed without `consumer` in the options: this application only produces',
    );
  return createRecordSource({
    client,
    consumer,
    topics: [...new Set(bindings.map(({ topic }) => topic))],
    topicOptions: topics,
    adopt,
    audit,
    durability,
    deadLetterTopics: router.deadLetterTopics,
    deadLettersOf: (topic) => router.deadLettersOf(topic),
    remembering: (topic) => router.remembering(topic),
    outOfRange,
    metadataMaxAge,
    drainTimeout,
    validate,
    emit,
    log,
  });
}
