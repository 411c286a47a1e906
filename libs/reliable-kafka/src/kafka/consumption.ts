import type { Cluster, Consumer, ConsumerConfig, EachBatchPayload, Kafka } from 'kafkajs';
import type { SourceListener, TopicPartition } from '../contracts/index.js';
import type { AssignmentCommits } from './assignment-commits.js';
import { assigners } from './assigners.js';
import { ConsumerRun, type RunEvents } from './consumer-run.js';
import { Fetching, toKafkaJs, type FetchedPartition, type FetchingEvents } from './fetching.js';
import type { GroupOffsets, LogRange } from './group-offsets.js';
import type { GroupSession } from './group-session.js';
import { PartitionPauses } from './partition-pauses.js';
import type { FetchedBatch } from './records.js';
import type { KafkaJsOptions, RecordSourceOptions } from './source-options.js';
import type { TopicList } from './topics.js';

export interface ConsumptionParts {
  readonly options: RecordSourceOptions;
  readonly config: KafkaJsOptions;
  readonly kafka: Kafka;
  readonly topics: TopicList;
  readonly offsets: GroupOffsets;
  readonly session: GroupSession;
  readonly commits: AssignmentCommits;
  listener(): SourceListener;
  /** Takes us out of the group if it still counts on us. */
  leave(): Promise<void>;
  /** A new run has new connections. */
  useCluster(cluster: Cluster): void;
}

/** What kafkajs fetches, on its way to the listener: runs, positions, pauses, and what to do when a position leaves the log. */
export class Consumption implements RunEvents, FetchingEvents {
  readonly run: ConsumerRun;
  readonly fetching: Fetching;
  readonly pauses: PartitionPauses;
  private consumed: readonly string[] = [];
  private heartbeat: (() => Promise<void>) | undefined;

  constructor(private readonly parts: ConsumptionParts) {
    const { options, config, offsets } = parts;
    this.run = new ConsumerRun(this, config.retry);
    this.pauses = new PartitionPauses(options.emit);
    const isPaused = (partition: TopicPartition) => this.pauses.of(partition).length > 0;
    this.fetching = new Fetching(() => this.run.consumer, offsets, isPaused, this, options.log);
  }

  /** Heartbeats when one is due. A failure comes back as an answer of the coordinator, and through kafkajs's own loop. */
  beat(): void {
    this.heartbeat?.().catch(() => undefined);
  }

  /** Lists the topics again, and answers those that are new; a pattern that matches a new one needs another join. */
  async relist(): Promise<readonly string[]> {
    const { topics } = this.parts;
    await topics.refresh();
    const added = topics.concrete.filter((topic) => !this.consumed.includes(topic));
    if (added.length === 0) return added;
    this.parts.options.log.log(`New topics match: ${added.join(', ')}. Joining the group again to consume them`);
    await this.run.enter();
    return added;
  }

  async depart(): Promise<void> {
    await this.parts.session.over();
    await this.parts.leave();
  }

  async topics(): Promise<readonly string[]> {
    const { topics, options } = this.parts;
    await topics.refresh().catch((error: unknown) => {
      // kafkajs cannot list topics while any one of the cluster, of whomever, has no leader.
      if (topics.concrete.length === 0) throw error;
      options.log.warn(`Topics cannot be listed, going on with those known: ${String(error)}`);
    });
    // Going on without them would look like having nothing to do.
    if (topics.missing.length > 0) throw new Error(`These topics do not exist: ${topics.missing.join(', ')}`);
    return (this.consumed = topics.concrete);
  }

  create(retry: ConsumerConfig['retry']): Consumer {
    const { config, kafka, session, useCluster } = this.parts;
    const partitionAssigners = assigners(config, () => session.claim, useCluster);
    const consumer = kafka.consumer({ ...config, partitionAssigners, retry });
    consumer.on('consumer.group_join', ({ payload: { memberId, memberAssignment } }) => {
      if (consumer !== this.run.consumer) return;
      const partitions = Object.entries(memberAssignment).flatMap(([topic, ids]) =>
        ids.map((partition) => ({ topic, partition })),
      );
      consumer.pause(toKafkaJs(partitions));
      this.parts.session.joined(memberId, partitions);
    });
    consumer.on('consumer.start_batch_process', ({ payload }) => {
      if (payload.batchSize === 0) this.emptied(payload);
    });
    return consumer;
  }

  batch(payload: EachBatchPayload): void {
    this.heartbeat = payload.heartbeat;
    const batch = this.fetching.accept(payload.batch as FetchedBatch);
    if (!batch) return;
    try {
      this.parts.listener().records(batch);
    } catch (error) {
      // Part of the batch may be taken in: only another assignment begins cleanly. kafkajs asks `retriable` whether to try again.
      void this.parts.session.over();
      throw Object.assign(new Error('The listener failed to take records', { cause: error }), { retriable: false });
    }
    payload.resolveOffset(payload.batch.lastOffset());
  }

  crashed(error: unknown, restarting: boolean): void {
    this.heartbeat = undefined;
    void this.parts.session.over();
    this.parts.options.emit({ type: 'consumer-crashed', error, restarting });
  }

  displaced(partition: FetchedPartition): void {
    this.parts.commits.repair(partition);
  }

  outOfRange(partition: FetchedPartition, { start, end }: LogRange): void {
    const { emit, outOfRange = 'stop' } = this.parts.options;
    const { topic, position } = partition;
    emit({ type: 'out-of-range', topic, partition: partition.partition, position, logStart: start, logEnd: end });
    if (outOfRange === 'stop') return void this.pauses.add(partition, 'out-of-range');
    const target = outOfRange === 'earliest' ? start : end;
    // Forward is a gap, as compaction leaves them. Backward is another history: its assignment begins anew.
    if (target > position) this.fetching.seek(partition, target);
    else void this.run.enter();
  }

  inRange(partition: FetchedPartition): void {
    this.pauses.remove(partition, 'out-of-range');
  }

  private emptied(
    batch: TopicPartition & { firstOffset: string | null; lastOffset: string; highWatermark: string },
  ): void {
    const nextOffset = this.fetching.acceptEmptied(batch);
    if (nextOffset === undefined) return;
    const { topic, partition, highWatermark } = batch;
    this.parts
      .listener()
      .records({ topic, partition, records: [], bytes: 0, nextOffset, highWatermark: BigInt(highWatermark) });
  }
}
