import type {
  AssignedPartition,
  ConsumedRecord,
  ParkingOwner,
  PartitionStats,
  RecordBatch,
  TopicPartition,
} from '../contracts/index.js';
import { partitionName, refOf, ReliableKafkaError } from '../contracts/index.js';
import type { PartitionLanes } from '../ordering/index.js';
import { routedByAnother } from '../ordering/index.js';
import type { PartitionCondition } from '../telemetry/index.js';
import { Epoch } from './epoch.js';
import { Intake } from './intake.js';
import type { PartitionParking } from './parking/index.js';
import type { Route, TopicRoutes } from './routes.js';
import type { Shared } from './shared.js';
import { Task, UNDECODED } from './task.js';
import { after } from './waiting.js';

/** Milliseconds after which what is parked is taken over again. */
const TAKE_OVER_AFTER = 1_000;

/** Why nothing of a partition may start. */
export type Closure =
  'unassigned' | 'loading' | 'counting' | 'draining' | 'committing' | 'seeking' | 'operator' | 'infrastructure';

/** One partition in this process, epoch after epoch: takes its records in and gives them to the lanes. */
export class PartitionSession implements TopicPartition {
  readonly name: string;
  private readonly lanes: PartitionLanes<Task>;
  private readonly closures = new Set<Closure>(['unassigned']);
  private epoch: Epoch | undefined;
  private epochs = 0;
  private intake: Intake | undefined;
  private highWatermark = 0n;

  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly routes: TopicRoutes,
    private readonly shared: Shared,
  ) {
    this.name = partitionName(topic, partition);
    this.lanes = shared.scheduler.partition();
  }

  get isAssigned(): boolean {
    return this.epoch !== undefined && !this.closures.has('unassigned');
  }

  get parking(): PartitionParking | undefined {
    return this.epoch?.parking;
  }

  /** Everything that was received has its outcomes. */
  get isIdle(): boolean {
    return this.epoch === undefined || (this.epoch.tracker.isIdle && this.intake!.isEmpty);
  }

  /** False for what an epoch left behind: its attempts run to their ends, and nobody counts the results. */
  isCurrent(epoch: Epoch): boolean {
    return this.epoch === epoch;
  }

  get inFlight(): number {
    return [...this.running()].length;
  }

  abortRunning(): void {
    for (const task of this.running()) task.abort();
  }

  /** An assignment begins. Answers where fetching goes on. */
  assign(assigned: AssignedPartition): bigint {
    this.highWatermark = assigned.logEnd;
    if (this.epoch?.survives(assigned)) {
      this.load((parking) => parking.verify());
      if (this.epoch.hasBegun) this.count();
    } else {
      this.begin(assigned.position, { offset: assigned.committed, metadata: assigned.metadata });
      this.load((parking) => parking.load());
    }
    const position = this.takeIn(this.epoch!);
    this.closures.delete('draining');
    this.open('unassigned');
    return position;
  }

  /** What runs is over, as far as this process waits for it. */
  finish(): void {
    this.epoch?.finish();
    this.close('counting');
  }

  /** The assignment is over. What is in hand waits for what the next one says of it. */
  revoke(): void {
    this.close('unassigned');
  }

  /** Another process has the partition, or will have. */
  end(): void {
    this.revoke();
    this.abortRunning();
    this.lanes.clear();
    this.intake?.close();
    this.epoch?.end();
    this.epoch = undefined;
  }

  /** A new epoch at an offset that an operator chose: nothing of the old one counts any more. */
  restartAt(offset: bigint): void {
    const { epoch } = this;
    if (epoch?.parking && !epoch.parking.owner)
      throw new ReliableKafkaError(
        `What is parked of ${this.name} is not known yet. Seek when its parking store answers`,
      );
    this.begin(offset, { offset: epoch?.lastCommitted, metadata: '' }, epoch?.parking?.owner);
    const moved = this.epoch!;
    // Rows above it are forgotten when the broker knows of it: a crash in between would lose them.
    this.load((parking) => moved.whenCommitted(() => void parking.load()));
    this.takeIn(moved);
    moved.markMoved();
    this.open('unassigned');
  }

  /** Before all others of its key. */
  inject(task: Task): void {
    this.count();
    this.lanes.pushFirst(task.route.index, task.laneKey, task);
    this.shared.scheduler.pump();
  }

  /** Somebody else took over what is parked, and may be late himself: it is taken over again while the partition is ours. */
  parkingLost(epoch: Epoch): void {
    if (!this.isCurrent(epoch)) return;
    this.close('loading');
    after(TAKE_OVER_AFTER, () => {
      if (!this.isCurrent(epoch) || !this.isAssigned) return;
      if (this.shared.source.hasLease()) this.beginAgain(epoch);
      else this.parkingLost(epoch);
    });
  }

  close(closure: Closure): void {
    this.closures.add(closure);
    this.lanes.close();
    this.shared.feeding.remove(this);
  }

  open(closure: Closure): void {
    this.closures.delete(closure);
    if (this.closures.size > 0) return;
    this.offer();
    this.lanes.open();
  }

  receive(batch: RecordBatch): void {
    if (!this.isAssigned) return;
    this.highWatermark = batch.highWatermark;
    this.epoch!.fetched(batch);
    this.intake!.add(batch);
    if (batch.records.length > 0) this.count();
    this.goOn();
  }

  /** Takes in up to `most` of the records that wait. */
  feed(most: number): void {
    const { caution, isCautious } = this.epoch!;
    if (caution?.isBusy) return;
    this.intake!.feed(isCautious ? 1 : most);
    this.offer();
  }

  /** What kept records from being taken in has ended. */
  goOn(): void {
    this.offer();
    this.shared.scheduler.pump();
  }

  /** Where it is, and what keeps it from being fetched. */
  progress(): PartitionCondition {
    const { epoch } = this;
    return {
      topic: this.topic,
      partition: this.partition,
      position: epoch?.position ?? 0n,
      watermark: epoch?.tracker.watermark ?? 0n,
      paused: this.shared.source.pauseReasons(this),
      parked: this.parking?.records ?? 0,
    };
  }

  stats(): PartitionStats {
    const { inFlight } = this;
    const progress = this.progress();
    const { watermark, parked } = progress;
    return {
      ...progress,
      epoch: this.epochs,
      inFlight,
      buffered: Math.max(0, (this.epoch?.share.records ?? 0) - inFlight),
      lanes: this.lanes.lanes,
      cautious: this.epoch?.isCautious ?? false,
      lag: (this.highWatermark > watermark ? this.highWatermark - watermark : 0n) + BigInt(parked),
    };
  }

  /** Of lanes that are held. */
  heldTasks(): Iterable<Task> {
    return this.lanes.heldTasks();
  }

  /** Of lanes that wait for another attempt, or for a place. */
  waitingTasks(): Iterable<Task> {
    return this.lanes.waitingTasks();
  }

  private running(): Iterable<Task> {
    return this.shared.scheduler.runningTasks(this.lanes);
  }

  /** A new epoch where the old one has come to. */
  private beginAgain(epoch: Epoch): void {
    epoch.finish();
    const { offset, metadata } = epoch.snapshot();
    this.begin(offset, { offset: epoch.lastCommitted, metadata });
    this.load((parking) => parking.load());
    this.shared.source.seek(this, this.takeIn(this.epoch!));
    this.open('unassigned');
  }

  /** Nothing starts before the broker knows that something will: what ends the process cannot tell of it. */
  private count(): void {
    if (!this.closures.has('counting')) return;
    const epoch = this.epoch!;
    epoch.begin(this.highWatermark, () => {
      if (this.isCurrent(epoch)) this.open('counting');
    });
  }

  /** Nothing starts before what is parked is ours, and known. */
  private load(begin: (parking: PartitionParking) => unknown): void {
    const { parking } = this.epoch!;
    if (!parking) return;
    this.close('loading');
    begin(parking);
  }

  private begin(
    start: bigint,
    stored: { offset: bigint | undefined; metadata: string },
    rewinding?: ParkingOwner,
  ): void {
    this.end();
    this.closures.delete('committing');
    this.closures.add('counting');
    this.shared.source.resume(this, 'undecodable');
    this.shared.source.resume(this, 'back-pressure');
    this.epoch = new Epoch(this, ++this.epochs, start, stored, this.shared, rewinding);
  }

  /** From the tracker's position on: what was fetched and not taken in yet is fetched again. */
  private takeIn(epoch: Epoch): bigint {
    this.intake?.close();
    this.intake = new Intake({
      decode: this.shared.decode,
      admit: (record, payload) => this.admit(epoch, record, payload),
      advanced: (batch) => epoch.advance(batch),
      refused: (record, error) => this.refuse(epoch, record, error),
      dropped: (record) => epoch.release(record),
      ready: () => this.goOn(),
    });
    return epoch.fetchAgain();
  }

  private offer(): void {
    if (this.closures.size === 0 && this.intake!.hasWork) this.shared.feeding.add(this);
  }

  /** All keys are taken before the record counts as received, so that a record without one is received by no handler. */
  private admit(epoch: Epoch, record: ConsumedRecord, payload: unknown): void {
    const { routes } = this.routes;
    if (routes.length === 1) return this.admitOne(epoch, record, payload, routes[0]!);
    const keys = routes.map((route) => route.key(payload, record));
    const entry = epoch.receive(record);
    for (const route of routes) {
      if (entry.pending & (1 << route.index))
        this.queue(new Task(epoch, route, record, entry, keys[route.index], route.index === 0 ? payload : UNDECODED));
    }
  }

  private admitOne(epoch: Epoch, record: ConsumedRecord, payload: unknown, route: Route): void {
    const key = route.key(payload, record);
    const entry = epoch.receive(record);
    if (entry.pending !== 0) this.queue(new Task(epoch, route, record, entry, key, payload));
  }

  private queue(task: Task): void {
    const { route, record, laneKey } = task;
    if (route.keyed && routedByAnother(laneKey, record)) this.tellMismatch(route);
    if (task.epoch.caution) task.death = task.epoch.caution.deathOf(task);
    this.lanes.push(route.index, laneKey, task);
  }

  private tellMismatch(route: Route): void {
    if (route.mismatches++ > 0) return;
    this.shared.emit({ type: 'key-mismatch', topic: this.topic, handler: route.binding.label });
  }

  /** Where a handler has no dead letter topic, nothing after it may run, since nobody knows its key: the partition stops, and says so. */
  private refuse(epoch: Epoch, record: ConsumedRecord, error: unknown): Promise<void> | undefined {
    const { routes } = this.routes;
    this.shared.emit({ type: 'record-undecodable', record: refOf(record), error });
    if (routes.every(({ binding }) => binding.deadLetter)) return this.bury(epoch, record, error);
    this.shared.source.pause(this, 'undecodable');
    return undefined;
  }

  private async bury(epoch: Epoch, record: ConsumedRecord, error: unknown): Promise<void> {
    const entry = epoch.receive(record);
    for (const route of this.routes.routes) {
      if (!(entry.pending & (1 << route.index))) continue;
      const task = new Task(epoch, route, record, entry, undefined, UNDECODED);
      if ((await this.shared.failures.buryUndecodable(task, error)) && this.isCurrent(epoch)) epoch.complete(task);
    }
  }
}
