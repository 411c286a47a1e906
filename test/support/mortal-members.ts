import type {
  Attempt,
  DeadRecord,
  HandlerBinding,
  OffsetCommit,
  ReliableKafkaEvent,
  RuntimeOptions,
} from '../../libs/reliable-kafka/src/contracts/index.js';
import { ConsumerRuntime } from '../../libs/reliable-kafka/src/consumer/index.js';
import { fixed } from '../../libs/reliable-kafka/src/retry/index.js';
import { HistoryChecker } from '../../libs/reliable-kafka/src/testing/index.js';
import { binding, silent, type Value } from './consumers.js';
import { MemoryLog, type MemorySource } from './memory-log.js';

/** What a handler does with a record; `die()` ends its process, and the attempt with it. */
export type Handle = (value: Value, process: MortalMember, attempt: Attempt) => Promise<void>;

/** A log, and processes of one group that come and go in any way. */
export class MortalGround {
  readonly log: MemoryLog;
  readonly checker = new HistoryChecker();
  readonly buried: DeadRecord[] = [];
  readonly ended = new Set<string>();
  /** In the order of their starts. */
  readonly members: MortalMember[] = [];
  /** What commits tell beside the offset is lost. */
  isForgetful = false;
  private readonly changed = new Set<() => void>();

  constructor(
    partitions: number,
    private readonly handle: Handle,
    private readonly more: Partial<HandlerBinding> = {},
    private readonly options: Partial<RuntimeOptions> = {},
  ) {
    this.log = new MemoryLog('work', partitions);
  }

  send(partition: number, ...ids: string[]): void {
    for (const id of ids) {
      const [key] = id.split('#') as [string];
      this.checker.sent(key, id);
      this.log.append(partition, key, JSON.stringify({ key, id }));
    }
  }

  get deaths(): number {
    return this.members.filter(({ isDead }) => isDead).length;
  }

  get buriedIds(): string[] {
    return this.buried.map(({ record }) => idOf(record.value));
  }

  /** Another process, which has all partitions from now on. */
  async next(more: Partial<HandlerBinding> = {}): Promise<MortalMember> {
    const member = new MortalMember(
      this,
      `process ${this.members.length}`,
      this.handle,
      { ...this.more, ...more },
      this.options,
    );
    this.members.push(member);
    await member.runtime.start();
    await this.log.assign(this.log.partitions.map(() => member.source));
    return member;
  }

  /** One process after the other, so many at most, each until it dies; the last one until `isOver`. */
  async live(isOver: () => boolean, atMost = 30): Promise<void> {
    while (!isOver() && this.members.length < atMost) {
      const member = await this.next();
      await this.until(() => member.isDead || isOver());
    }
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.changed.add(resolve));
  }

  /** Something happened that somebody may wait for. */
  tell(): void {
    for (const resolve of this.changed) resolve();
    this.changed.clear();
  }

  async close(): Promise<void> {
    await Promise.all(this.members.map(({ runtime }) => runtime.close()));
  }
}

export class MortalMember {
  readonly runtime: ConsumerRuntime;
  readonly source: MemorySource;
  readonly events: ReliableKafkaEvent[] = [];
  isDead = false;
  running = 0;
  mostRunning = 0;

  constructor(
    private readonly ground: MortalGround,
    readonly name: string,
    handle: Handle,
    more: Partial<HandlerBinding>,
    options: Partial<RuntimeOptions>,
  ) {
    this.source = ground.log.source();
    const { source } = this;
    const commit = source.commit.bind(source);
    source.commit = (assignment: number, commits: readonly OffsetCommit[]) =>
      commit(assignment, ground.isForgetful ? commits.map((one) => ({ ...one, metadata: '' })) : commits);
    const handler = (extra: Partial<HandlerBinding>) =>
      binding((attempt) => this.run(attempt, handle), {
        retry: { attempts: 3, backoff: fixed(1) },
        deadLetter: { topic: 'work-dlt' },
        ...more,
        ...extra,
      });
    this.runtime = new ConsumerRuntime({
      options: { client: { brokers: [] }, consumer: { groupId: 'group' }, drainTimeout: 1_000, ...options },
      bindings: [handler({})],
      decode: ({ value }) => JSON.parse(value!.toString()),
      emit: (event) => {
        if (this.isDead) return;
        this.events.push(event);
        ground.tell();
      },
      log: silent,
      deadLetters: { bury: async (dead) => void (this.isDead || ground.buried.push(dead)) },
      source,
    });
  }

  /** As a process that is killed: from now on nobody hears of it. */
  die(): Promise<never> {
    this.isDead = true;
    this.source.crash();
    this.ground.checker.died(this.name);
    this.ground.tell();
    return new Promise(() => undefined);
  }

  has(type: ReliableKafkaEvent['type']): boolean {
    return this.events.some((event) => event.type === type);
  }

  private async run(attempt: Attempt & { payload: Value }, handle: Handle): Promise<void> {
    const { checker, ended } = this.ground;
    const { key, id } = attempt.payload;
    if (this.isDead) return new Promise(() => undefined);
    this.mostRunning = Math.max(this.mostRunning, ++this.running);
    checker.started(key, id, this.name);
    this.ground.tell();
    let isGood = false;
    try {
      await handle(attempt.payload, this, attempt);
      isGood = true;
    } finally {
      this.running--;
      if (!this.isDead) {
        checker.ended(key, id, this.name, isGood);
        if (isGood) ended.add(id);
        this.ground.tell();
      }
    }
  }
}

export function idOf(value: Buffer | null): string {
  return (JSON.parse(String(value)) as Value).id;
}
