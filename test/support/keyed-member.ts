import { EventEmitter, once } from 'node:events';
import { setTimeout as work } from 'node:timers/promises';
import type {
  AssignedPartition,
  ConsumedRecord,
  RecordBatch,
  RecordSource,
  SourceListener,
} from '../../libs/reliable-kafka/src/contracts/index.js';

export interface Run {
  readonly key: string;
  readonly id: string;
}

/** What a member tells of its runs. */
export interface Witness {
  started(run: Run): void;
  ended(run: Run): void;
}

interface Progress {
  readonly open: Set<bigint>;
  next: bigint;
}

/**
 * The smallest consumer that can keep order by key over a record source: one run per key at a time, commits below what is open, a drain that
 * waits for what runs. `drains: false` makes it the control that must be caught.
 */
export class KeyedMember implements SourceListener {
  source!: RecordSource;
  private readonly bell = new EventEmitter().setMaxListeners(0);
  private readonly running = new Map<string, Promise<void>>();
  private readonly queued = new Map<string, ConsumedRecord[]>();
  private readonly progress = new Map<string, Progress>();
  private assignment: number | undefined;
  private stopped = true;
  assignments = 0;

  constructor(
    private readonly witness: Witness,
    private readonly workMs: () => number,
    private readonly drains = true,
  ) {}

  assigned(assignment: number, partitions: readonly AssignedPartition[]): bigint[] {
    this.assignment = assignment;
    this.assignments++;
    this.stopped = false;
    this.progress.clear();
    for (const { topic, partition, position } of partitions) {
      this.progress.set(`${topic}-${partition}`, { open: new Set(), next: position });
    }
    this.bell.emit('change');
    return partitions.map(({ position }) => position);
  }

  records({ topic, partition, records, nextOffset }: RecordBatch): void {
    const progress = this.progress.get(`${topic}-${partition}`)!;
    progress.next = nextOffset;
    for (const record of records) {
      progress.open.add(record.offset);
      const key = String(record.key);
      const queue = this.queued.get(key);
      if (queue) queue.push(record);
      else this.queued.set(key, [record]);
      this.pump(key);
    }
  }

  async drain(): Promise<void> {
    this.stopped = true;
    this.queued.clear();
    if (this.drains) await Promise.all(this.running.values());
    await this.commit().catch(() => undefined);
  }

  revoked(): void {
    this.assignment = undefined;
    this.stopped = true;
    this.queued.clear();
    this.bell.emit('change');
  }

  leaseChanged(): void {}

  /** Waits for the nth assignment. */
  async assignedTimes(times: number): Promise<void> {
    while (this.assignments < times) await once(this.bell, 'change');
  }

  /** Waits for an assignment of so many partitions. */
  async assignedAll(partitions: number): Promise<void> {
    while (this.progress.size < partitions) await once(this.bell, 'change');
  }

  /** Waits for what runs, also beyond the end of an assignment. */
  async settled(): Promise<void> {
    await Promise.all(this.running.values());
  }

  private pump(key: string): void {
    if (this.running.has(key)) return;
    const record = this.stopped || !this.source.hasLease() ? undefined : this.queued.get(key)?.shift();
    if (!record) return void this.queued.delete(key);
    this.running.set(
      key,
      this.run(key, record).finally(() => {
        this.running.delete(key);
        this.pump(key);
      }),
    );
  }

  private async run(key: string, record: ConsumedRecord): Promise<void> {
    const progress = this.progress.get(`${record.topic}-${record.partition}`);
    const run = { key, id: String(record.value) };
    this.witness.started(run);
    await work(this.workMs());
    this.witness.ended(run);
    progress?.open.delete(record.offset);
  }

  /** Everything below the lowest open offset of each partition. */
  private async commit(): Promise<void> {
    if (this.assignment === undefined) return;
    const commits = [...this.progress].map(([name, { open, next }]) => ({
      topic: name.slice(0, name.lastIndexOf('-')),
      partition: Number(name.slice(name.lastIndexOf('-') + 1)),
      offset: [...open].reduce((lowest, offset) => (offset < lowest ? offset : lowest), next),
      metadata: '',
    }));
    await this.source.commit(this.assignment, commits);
  }
}
