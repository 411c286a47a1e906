import type {
  AttemptResult,
  DeadLetterSink,
  HandlerBinding,
  ParkingStore,
  ReliableKafkaEvent,
} from '../../libs/reliable-kafka/src/contracts/index.js';
import { HANDLED } from '../../libs/reliable-kafka/src/contracts/index.js';
import { ConsumerRuntime } from '../../libs/reliable-kafka/src/consumer/index.js';
import { fixed } from '../../libs/reliable-kafka/src/retry/index.js';
import { HistoryChecker } from '../../libs/reliable-kafka/src/testing/index.js';
import { binding, silent } from './consumers.js';
import { MemoryLog, type MemorySource } from './memory-log.js';

export interface Run {
  readonly worker: string;
  readonly key: string;
  readonly id: string;
  readonly attempt: number;
}

/** A log, a store, and whoever consumes: ids fail as often as a test says, over all processes. */
export class ParkingGround {
  readonly log: MemoryLog;
  readonly checker = new HistoryChecker();
  readonly failing = new Map<string, number>();
  /** What handlers wait for, by id. */
  readonly gates = new Map<string, Promise<void>>();
  /** Runs in the order in which they began, and those that ended well. */
  readonly runs: Run[] = [];
  readonly ends: string[] = [];
  private readonly changed = new Set<() => void>();

  constructor(
    readonly store: ParkingStore,
    partitions = 1,
  ) {
    this.log = new MemoryLog('work', partitions);
  }

  send(id: string, partition = 0): void {
    const [key] = id.split('#') as [string];
    this.checker.sent(key, id);
    this.log.append(partition, key, JSON.stringify({ key, id }));
  }

  member(worker: string, more: Partial<HandlerBinding> = {}, setup: MemberSetup = {}): ParkingMember {
    return new ParkingMember(this, worker, more, setup);
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.changed.add(resolve));
  }

  /** Something happened that somebody may wait for. */
  tell(): void {
    for (const resolve of this.changed) resolve();
    this.changed.clear();
  }

  hasEnded(id: string): boolean {
    return this.ends.includes(id);
  }

  runsOf(id: string): number {
    return this.runs.filter((run) => run.id === id).length;
  }
}

export interface MemberSetup {
  /** In place of the ground's. */
  readonly store?: ParkingStore;
  readonly deadLetters?: DeadLetterSink;
}

/** One process of the group. */
export class ParkingMember {
  readonly runtime: ConsumerRuntime;
  readonly source: MemorySource;
  readonly events: ReliableKafkaEvent[] = [];
  private isGone = false;

  constructor(
    private readonly ground: ParkingGround,
    readonly worker: string,
    more: Partial<HandlerBinding>,
    { store = ground.store, deadLetters }: MemberSetup,
  ) {
    this.source = ground.log.source();
    const handler = binding(({ payload, attempt }) => this.handle({ worker, ...payload, attempt }), {
      retry: { attempts: 2, backoff: fixed(1) },
      park: { backoff: fixed(5) },
      commit: { after: 'record', mode: 'async' },
      ...more,
    });
    this.runtime = new ConsumerRuntime({
      options: { client: { brokers: [] }, consumer: { groupId: 'group' }, drainTimeout: 1_000 },
      bindings: [handler],
      decode: ({ value }) => JSON.parse(value!.toString()),
      emit: (event) => {
        this.events.push(event);
        ground.tell();
      },
      log: silent,
      parking: store,
      deadLetters,
      source: this.source,
    });
  }

  async start(): Promise<this> {
    await this.runtime.start();
    return this;
  }

  /** As a process that is killed: what it runs ends without anybody knowing. */
  die(): void {
    this.isGone = true;
    this.source.crash();
    this.ground.checker.died(this.worker);
  }

  has(type: ReliableKafkaEvent['type'], offset?: bigint): boolean {
    return this.events.some((event) => event.type === type && (offset === undefined || offsetOf(event) === offset));
  }

  private async handle(run: Run): Promise<AttemptResult> {
    const { checker, failing, gates, runs, ends } = this.ground;
    const { key, id, worker } = run;
    runs.push(run);
    this.ground.tell();
    if (!this.isGone) checker.started(key, id, worker);
    await gates.get(id);
    await Promise.resolve();
    const left = failing.get(id) ?? 0;
    failing.set(id, left - 1);
    const isGood = left <= 0;
    if (!this.isGone) {
      checker.ended(key, id, worker, isGood);
      if (isGood) ends.push(id);
    }
    this.ground.tell();
    return isGood ? HANDLED : { kind: 'failed', error: new Error(`told to fail: ${id}`) };
  }
}

function offsetOf(event: ReliableKafkaEvent): bigint | undefined {
  return 'record' in event ? event.record.offset : undefined;
}
