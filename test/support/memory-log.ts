import type {
  AssignedPartition,
  ConsumedRecord,
  OffsetCommit,
  PauseReason,
  RecordSource,
  SourceListener,
  TopicPartition,
} from '../../libs/reliable-kafka/src/contracts/index.js';
import { CommitFailedError } from '../../libs/reliable-kafka/src/contracts/index.js';
import { PauseReasons } from '../../libs/reliable-kafka/src/flow/index.js';

const BATCH = 4;

/** A topic and what its group has committed, in memory, for sources that tests give and take partitions as they like. */
export class MemoryLog {
  readonly partitions: ConsumedRecord[][];
  readonly committed: ({ offset: bigint; metadata: string } | undefined)[];
  /** Commits that are refused before one is stored again. */
  failingCommits = 0;
  private readonly sources = new Set<MemorySource>();
  private generation = 0;

  constructor(
    readonly topic: string,
    partitions: number,
  ) {
    this.partitions = Array.from({ length: partitions }, () => []);
    this.committed = this.partitions.map(() => undefined);
  }

  source(): MemorySource {
    const source = new MemorySource(this);
    this.sources.add(source);
    return source;
  }

  append(partition: number, key: string, value: string): void {
    const log = this.partitions[partition]!;
    const offset = BigInt(log.length);
    const { topic } = this;
    const [rawKey, rawValue] = [Buffer.from(key), Buffer.from(value)];
    log.push({ topic, partition, offset, key: rawKey, value: rawValue, headers: undefined, timestamp: String(offset) });
    for (const source of this.sources) source.deliver();
  }

  /** A rebalance: whoever is alive drains, and then each partition has the owner that is named at its place. */
  async assign(owners: readonly MemorySource[]): Promise<void> {
    const alive = [...this.sources].filter(({ isReachable }) => isReachable);
    await Promise.all(alive.map((source) => source.listener!.drain('rebalance')));
    for (const source of alive) source.revoke();
    this.generation++;
    for (const source of alive)
      source.assign(
        this.generation,
        owners.flatMap((owner, partition) => (owner === source ? [this.assigned(partition)] : [])),
      );
  }

  forget(source: MemorySource): void {
    this.sources.delete(source);
  }

  private assigned(partition: number): AssignedPartition {
    const committed = this.committed[partition];
    return {
      topic: this.topic,
      partition,
      committed: committed?.offset,
      metadata: committed?.metadata ?? '',
      position: committed?.offset ?? 0n,
      logStart: 0n,
      logEnd: BigInt(this.partitions[partition]!.length),
    };
  }
}

/** A member of the group. It hands over a few records at a time, as a fetch does. */
export class MemorySource implements RecordSource {
  listener: SourceListener | undefined;
  /** False: the group goes on without it, and it learns nothing of that. */
  isReachable = true;
  lease = true;
  private assignment = 0;
  private readonly positions = new Map<number, bigint>();
  private readonly reasons = new PauseReasons();

  constructor(private readonly log: MemoryLog) {}

  async start(listener: SourceListener): Promise<void> {
    this.listener = listener;
  }

  async stop(): Promise<void> {
    this.log.forget(this);
    if (this.isReachable) await this.listener?.drain('shutdown');
    this.revoke();
  }

  /** Gone, as a process that was killed. */
  crash(): void {
    this.isReachable = false;
    this.lease = false;
    this.positions.clear();
    this.log.forget(this);
  }

  revoke(): void {
    this.positions.clear();
    this.listener?.revoked();
  }

  assign(assignment: number, partitions: readonly AssignedPartition[]): void {
    this.assignment = assignment;
    this.reasons.forget();
    const positions = this.listener!.assigned(assignment, partitions);
    partitions.forEach(({ partition }, i) => this.positions.set(partition, positions[i]!));
    this.deliver();
  }

  deliver(): void {
    if (this.isReachable) for (const partition of this.positions.keys()) queueMicrotask(() => this.fetch(partition));
  }

  async commit(assignment: number, commits: readonly OffsetCommit[]): Promise<readonly OffsetCommit[]> {
    await Promise.resolve();
    if (!this.isReachable || assignment !== this.assignment) throw new CommitFailedError('fenced');
    if (this.log.failingCommits > 0) {
      this.log.failingCommits--;
      throw new CommitFailedError('unavailable');
    }
    for (const { partition, offset, metadata } of commits) this.log.committed[partition] = { offset, metadata };
    return commits;
  }

  pause(partition: TopicPartition, reason: PauseReason): void {
    this.reasons.add(partition, reason);
  }

  resume(partition: TopicPartition, reason: PauseReason): void {
    this.reasons.remove(partition, reason);
    this.deliver();
  }

  pauseReasons(partition: TopicPartition): readonly PauseReason[] {
    return this.reasons.of(partition);
  }

  seek({ partition }: TopicPartition, offset: bigint): void {
    this.positions.set(partition, offset);
    this.deliver();
  }

  async offsetAt(): Promise<bigint> {
    return 0n;
  }

  hasLease(): boolean {
    return this.lease;
  }

  partitionCounts(): ReadonlyMap<string, number> {
    return new Map([[this.log.topic, this.log.partitions.length]]);
  }

  private fetch(partition: number): void {
    const { topic } = this.log;
    const position = this.positions.get(partition);
    const log = this.log.partitions[partition]!;
    if (position === undefined || position >= log.length || this.pauseReasons({ topic, partition }).length > 0) return;
    const records = log.slice(Number(position), Number(position) + BATCH);
    const nextOffset = position + BigInt(records.length);
    this.positions.set(partition, nextOffset);
    const bytes = records.reduce((sum, { key, value }) => sum + key!.length + value!.length, 0);
    this.listener!.records({ topic, partition, records, bytes, nextOffset, highWatermark: BigInt(log.length) });
    queueMicrotask(() => this.fetch(partition));
  }
}
