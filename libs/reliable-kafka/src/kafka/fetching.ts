import type { Consumer } from 'kafkajs';
import type { Log, RecordBatch, TopicPartition } from '../contracts/index.js';
import { partitionName } from '../contracts/index.js';
import { byTopic } from './by-topic.js';
import type { GroupOffsets, LogRange } from './group-offsets.js';
import { toRecordBatch, type FetchedBatch } from './records.js';
import { untilDone } from './retrying.js';

/** One assigned partition, as it is fetched. */
export interface FetchedPartition extends TopicPartition {
  readonly name: string;
  /** The next offset to fetch. */
  position: bigint;
  /** Whether a batch has begun at `position` since it was last set: from then on positions follow from each other. */
  anchored: boolean;
  /** The end of an emptied batch that did not begin at `position`: believed when it comes a second time. */
  doubted: bigint | undefined;
}

export interface FetchingEvents {
  /** What was fetched did not begin where it should: kafkajs has reset the position, and what it committed then must be put right. */
  displaced(partition: FetchedPartition): void;
  /** The position lies outside the log: nothing is fetched until `seek` gives another one. */
  outOfRange(partition: FetchedPartition, range: LogRange): void;
  /** The position lies inside the log: asked before the pause reasons are. */
  inRange(partition: FetchedPartition): void;
}

/** What an emptied batch tells of itself (`START_BATCH_PROCESS`). */
export interface EmptiedBatch extends TopicPartition {
  readonly firstOffset: string | null;
  readonly lastOffset: string;
}

/**
 * Positions and pauses of the assigned partitions. kafkajs keeps both, too, but forgets pauses at a restart and moves a position that lies
 * outside the log by itself: so ours are the ones that count, and each fetch begins with a look at the log's bounds.
 */
export class Fetching {
  private partitions = new Map<string, FetchedPartition>();
  /** Partitions that may be fetched once their position has been compared with the log. */
  private readonly starting = new Set<FetchedPartition>();
  private checking = false;

  constructor(
    private readonly consumer: () => Consumer | undefined,
    private readonly offsets: GroupOffsets,
    private readonly isPaused: (partition: TopicPartition) => boolean,
    private readonly events: FetchingEvents,
    private readonly log: Log,
  ) {}

  /** Begins an assignment: all of it is paused in kafkajs already. */
  begin(starts: readonly (TopicPartition & { readonly position: bigint })[]): void {
    this.partitions = new Map();
    for (const { topic, partition, position } of starts) {
      const name = partitionName(topic, partition);
      this.partitions.set(name, { topic, partition, name, position, anchored: false, doubted: undefined });
    }
    for (const partition of this.partitions.values()) this.seekTo(partition, partition.position);
    this.release(this.partitions.values());
  }

  /** Ends it: nothing is fetched any more, and what still arrives is dropped. */
  end(): void {
    this.hold(this.partitions.values());
    this.partitions = new Map();
    this.starting.clear();
  }

  /** kafkajs joined again without having given anything up: it has forgotten its positions, we have not. */
  restore(): void {
    for (const partition of this.partitions.values()) this.restart(partition);
  }

  has(partition: TopicPartition): boolean {
    return this.partitions.has(partitionName(partition.topic, partition.partition));
  }

  /** What kafkajs fetched, when it is what comes next; `undefined` when it must be dropped. */
  accept(batch: FetchedBatch): RecordBatch | undefined {
    const partition = this.partitions.get(partitionName(batch.topic, batch.partition));
    if (!partition) return undefined;
    if (BigInt(batch.fetchedOffset) !== partition.position) {
      this.events.displaced(partition);
      this.restart(partition);
      return undefined;
    }
    const records = toRecordBatch(batch);
    partition.position = records.nextOffset;
    partition.anchored = true;
    return records;
  }

  /** A batch without a record for us: control records, aborted transactions. kafkajs moves its position past it. */
  acceptEmptied({ topic, partition: id, firstOffset, lastOffset }: EmptiedBatch): bigint | undefined {
    const partition = this.partitions.get(partitionName(topic, id));
    const next = BigInt(lastOffset) + 1n;
    if (!partition || next <= partition.position) return undefined;
    // It does not say where its fetch began. After a seek it may be a leftover from elsewhere; a leftover does not come twice.
    if (!partition.anchored && BigInt(firstOffset ?? lastOffset) > partition.position && partition.doubted !== next) {
      partition.doubted = next;
      this.restart(partition);
      return undefined;
    }
    partition.position = next;
    partition.anchored = true;
    return next;
  }

  pause(partition: TopicPartition): void {
    const fetched = this.partitions.get(partitionName(partition.topic, partition.partition));
    if (fetched) this.hold([fetched]);
  }

  resume(partition: TopicPartition): void {
    const fetched = this.partitions.get(partitionName(partition.topic, partition.partition));
    if (fetched) this.release([fetched]);
  }

  /** Moves the position, and fetches from there when nothing else pauses the partition. */
  seek(partition: TopicPartition, offset: bigint): void {
    const fetched = this.partitions.get(partitionName(partition.topic, partition.partition));
    if (!fetched) return;
    fetched.position = offset;
    this.restart(fetched);
  }

  private restart(partition: FetchedPartition): void {
    this.hold([partition]);
    this.seekTo(partition, partition.position);
    this.release([partition]);
  }

  private seekTo(partition: FetchedPartition, position: bigint): void {
    partition.anchored = false;
    this.tell(() =>
      this.consumer()?.seek({ topic: partition.topic, partition: partition.partition, offset: `${position}` }),
    );
  }

  private hold(partitions: Iterable<FetchedPartition>): void {
    const held = [...partitions];
    for (const partition of held) this.starting.delete(partition);
    if (held.length > 0) this.tell(() => this.consumer()?.pause(toKafkaJs(held)));
  }

  private release(partitions: Iterable<FetchedPartition>): void {
    for (const partition of partitions) this.starting.add(partition);
    void this.check();
  }

  /** One question to the brokers at a time, for all partitions that wait for its answer. */
  private async check(): Promise<void> {
    if (this.checking) return;
    this.checking = true;
    try {
      while (this.starting.size > 0) await this.checkOnce();
    } finally {
      this.checking = false;
    }
  }

  private async checkOnce(): Promise<void> {
    const current = this.partitions;
    const asked = [...this.starting];
    this.starting.clear();
    const ranges = await untilDone(
      () => this.partitions === current,
      () => this.offsets.rangesOf(asked),
      (error) => this.log.warn(`The log's bounds cannot be read yet, so fetching waits: ${String(error)}`),
    );
    if (ranges && this.partitions === current)
      this.fetch(asked.filter((partition) => this.mayFetch(partition, ranges)));
  }

  private mayFetch(partition: FetchedPartition, ranges: ReadonlyMap<string, LogRange>): boolean {
    const range = ranges.get(partition.name)!;
    // Sought meanwhile: another look is due.
    if (this.starting.has(partition)) return false;
    if (partition.position < range.start || partition.position > range.end) {
      this.events.outOfRange(partition, range);
      return false;
    }
    this.events.inRange(partition);
    return !this.isPaused(partition);
  }

  private fetch(partitions: readonly FetchedPartition[]): void {
    if (partitions.length > 0) this.tell(() => this.consumer()?.resume(toKafkaJs(partitions)));
  }

  /** kafkajs refuses to be told anything while it is between two runs; the next GROUP_JOIN sets everything again. */
  private tell(order: () => void): void {
    try {
      order();
    } catch {
      this.starting.clear();
    }
  }
}

/** As kafkajs's `pause` and `resume` want it. */
export function toKafkaJs(partitions: Iterable<TopicPartition>): { topic: string; partitions: number[] }[] {
  return byTopic(partitions).map(([topic, entries]) => ({
    topic,
    partitions: entries.map(({ partition }) => partition),
  }));
}
