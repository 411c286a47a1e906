import type { DueKey, ParkedKey, ParkedRecord, ParkedState, ParkedUntil, ParkingOwner } from '../../contracts/index.js';
import { refOf } from '../../contracts/index.js';
import type { Lane } from '../../ordering/index.js';
import { ParkedKeys, parkPolicyOf } from '../../retry/index.js';
import type { Epoch } from '../epoch.js';
import type { Route } from '../routes.js';
import { Task, UNDECODED } from '../task.js';
import type { Filed, Filing } from './filing.js';
import { JOIN, KNOWN, LATER, SETTLE, TAKE } from './filing.js';
import { keyTextOf, laneKeyOf } from './lane-key.js';
import type { Parking } from './parking.js';

/** Parked keys of one handler in one partition at most: all of them are kept in mind. */
const MOST_KEYS = 50_000;
/** Records of a lane that join in one transaction at most. */
const MOST_AT_ONCE = 100;
const REASON_LENGTH = 500;
/** A record of the store has no offset of the log to pass. */
const NO_ENTRY = { pending: 0 };

/** Offsets, both ends included. */
interface Span {
  readonly from: bigint;
  readonly to: bigint;
}

/** The parked keys of one partition while they are ours. */
export class OwnedParking {
  readonly owner: ParkingOwner;
  /** By handler. */
  private readonly keys: readonly ParkedKeys[];
  /** Where there may be something that is done with, and that the store has not forgotten. */
  private unswept: Span | undefined;

  constructor(
    { owner, keys, known }: ParkedState,
    private readonly epoch: Epoch,
    private readonly parking: Parking,
  ) {
    this.owner = owner;
    this.unswept = { from: -1n, to: known.reduce((to, { offset }) => (offset > to ? offset : to), epoch.start) };
    const names = this.routes.map(({ binding }) => binding.name);
    const of = <T extends { readonly handler: string }>(all: readonly T[], name: string) =>
      all.filter(({ handler }) => handler === name);
    this.keys = names.map((name) => new ParkedKeys({ keys: of(keys, name), known: of(known, name) }));
    const { topic, partition } = owner;
    for (const handler of new Set(keys.map((one) => one.handler)))
      if (!names.includes(handler))
        parking.emit({ type: 'parked-unclaimed', topic, partition, handler, keys: of(keys, handler).length });
  }

  get records(): number {
    return this.keys.reduce((sum, { records }) => sum + records, 0);
  }

  get rounds(): number {
    return this.keys.reduce((sum, { rounds }) => sum + rounds, 0);
  }

  turnOf(task: Task): Filing | undefined {
    const turn = this.keysOf(task).turnOf(task.record, () => keyTextOf(task));
    return turn === 'joins' ? JOIN : turn === 'known' ? KNOWN : undefined;
  }

  /** Before all others of the key: its round begins when its turn in the lane comes. */
  begin({ handler, key, first, rounds, isUnclean }: DueKey): void {
    const route = this.routes.find(({ binding }) => binding.name === handler);
    if (!route || !this.keys[route.index]!.beginRound(key)) return;
    const task = this.taskOf(route, first, { handler, key }, rounds + 1);
    const { deadLetter, park } = route.binding;
    if (isUnclean && deadLetter && rounds >= parkPolicyOf(park).rounds)
      task.death = { reason: 'crashed', error: new Error(`Round ${rounds} of it began, and nobody saw its end`) };
    else task.filing ??= TAKE;
    this.epoch.session.inject(task);
  }

  file(task: Task, lane: Lane<Task>): Promise<Filed> | Filed {
    const filing = task.filing!;
    switch (filing.kind) {
      case 'known':
        return 'filed';
      case 'join':
        return this.join(task, lane);
      case 'park':
        return this.park(task, filing.delay, filing.error);
      case 'take':
        return this.take(task);
      case 'settle':
        return this.settle(task);
      case 'postpone':
        return this.postpone(task, filing.delay, filing.error);
      case 'hold':
        return this.hold(task);
    }
  }

  /** What is done with stays until the broker has acknowledged a commit above it: until then it may come again. */
  async sweep(committed: bigint): Promise<void> {
    const { unswept } = this;
    if (!unswept || unswept.from >= committed) return;
    this.unswept = unswept.to < committed ? undefined : { from: committed, to: unswept.to };
    try {
      await this.parking.store.sweep(this.owner, committed);
    } catch (error) {
      this.unswept = spanOf(this.unswept, unswept);
      throw error;
    }
  }

  private get routes(): readonly Route[] {
    return this.epoch.session.routes.routes;
  }

  private keysOf({ route }: Task): ParkedKeys {
    return this.keys[route.index]!;
  }

  private taskOf(route: Route, parked: ParkedRecord, { handler, key }: ParkedKey, round: number): Task {
    const { record, replayId, attempts, isDead } = parked;
    const run = { handler, key, replayId, attempts, round };
    const task = new Task(this.epoch, route, record, NO_ENTRY, laneKeyOf(key), UNDECODED, run);
    if (isDead) task.filing = SETTLE;
    return task;
  }

  private async park(task: Task, delay: number, error: unknown): Promise<Filed> {
    const keys = this.keysOf(task);
    const key = keyOf(task);
    if (keys.size >= MOST_KEYS) return this.full(task);
    const record = recordOf(task, task.attempt);
    keys.note(key.key, await this.parking.store.park(this.owner, key, [record], until(delay, error)));
    this.tellParked(task, delay, error);
    return 'filed';
  }

  /** With those that wait behind it; alone when that did not succeed, as one of them may be the reason. */
  private async join(task: Task, lane: Lane<Task>): Promise<Filed> {
    const keys = this.keysOf(task);
    const key = keyOf(task);
    const { maxPerKey, backoff } = parkPolicyOf(task.route.binding.park);
    const room = Math.min(maxPerKey - keys.recordsOf(key.key), task.joinsAlone ? 1 : MOST_AT_ONCE);
    if (room <= 0) return this.full(task);
    const tasks = [task, ...behind(lane, room - 1)];
    const records = tasks.map((one) => recordOf(one, one.attempt - 1));
    // What its turn means is asked anew, should this not succeed.
    task.filing = undefined;
    task.joinsAlone = true;
    keys.note(key.key, await this.parking.store.park(this.owner, key, records, until(backoff(1), undefined)));
    for (const joined of tasks) {
      joined.filing = KNOWN;
      this.parking.emit({ type: 'parked-behind', ...told(joined) });
    }
    return 'filed';
  }

  private async take(task: Task): Promise<Filed> {
    const { key } = task.parked!;
    const keys = this.keysOf(task);
    const isTaken = await this.parking.store.take(
      this.owner,
      task.parked!,
      recordOf(task, task.parked!.attempts),
      this.nextRoundOf(task),
    );
    task.filing = undefined;
    if (!isTaken) keys.endRound(key);
    else if (keys.recordsOf(key) === 0) keys.note(key, 1);
    return isTaken ? 'taken' : 'filed';
  }

  private async settle(task: Task): Promise<Filed> {
    const { key } = task.parked!;
    const { route } = task;
    const keys = this.keysOf(task);
    const retryIn = parkPolicyOf(route.binding.park).backoff(2);
    const next = await this.parking.store.settle(this.owner, task.parked!, recordOf(task, task.attempt), retryIn);
    this.noteDone(task);
    if (next) {
      keys.noteDone(key);
      this.epoch.session.inject(this.taskOf(route, next, task.parked!, 1));
    } else {
      keys.unpark(key);
      this.parking.emit({ type: 'unparked', ...told(task) });
      this.parking.rounds.ended();
    }
    return 'filed';
  }

  private async postpone(task: Task, delay: number, error: unknown): Promise<Filed> {
    await this.parking.store.postpone(this.owner, task.parked!, until(delay, error));
    this.endRound(task);
    this.tellParked(task, delay, error);
    return 'filed';
  }

  private async hold(task: Task): Promise<Filed> {
    const keys = this.keysOf(task);
    const key = keyOf(task);
    const { reason } = until(0, task.death!.error);
    keys.note(key.key, await this.parking.store.hold(this.owner, key, recordOf(task, task.attempt), reason));
    if (task.parked) this.endRound(task);
    this.parking.emit({ type: 'key-held', ...told(task) });
    return 'filed';
  }

  /** Its lane waits, without a place in the store: nothing of it counts. */
  private full(task: Task): Filed {
    task.filing = undefined;
    this.parking.emit({ type: 'parking-full', ...told(task), retryInMs: LATER.retryIn });
    return LATER;
  }

  private nextRoundOf(task: Task): number {
    return parkPolicyOf(task.route.binding.park).backoff(task.round + 1);
  }

  private endRound(task: Task): void {
    this.keysOf(task).endRound(task.parked!.key);
    this.parking.rounds.ended();
  }

  private noteDone({ record }: Task): void {
    this.unswept = spanOf(this.unswept, { from: record.offset, to: record.offset });
  }

  private tellParked(task: Task, delay: number, error: unknown): void {
    this.parking.rounds.within(delay);
    this.parking.emit({ type: 'parked', ...told(task), error, retryInMs: delay });
  }
}

function spanOf(one: Span | undefined, other: Span): Span {
  if (!one) return other;
  return { from: one.from < other.from ? one.from : other.from, to: one.to > other.to ? one.to : other.to };
}

function keyOf(task: Task): ParkedKey {
  return task.parked ?? { handler: task.route.binding.name, key: keyTextOf(task) };
}

function recordOf({ record, parked }: Task, attempts: number): ParkedRecord {
  return { record, replayId: parked?.replayId ?? '', attempts };
}

/** Those that wait in the lane for the turn to do the same. */
function* behind(lane: Lane<Task>, atMost: number): Generator<Task> {
  let left = atMost;
  for (let task = lane.first; task && left-- > 0; task = task.next) {
    if (task.parked || task.filing || task.death) return;
    yield task;
  }
}

function until(retryIn: number, error: unknown): ParkedUntil {
  return { retryIn, reason: error === undefined ? '' : String(error).slice(0, REASON_LENGTH) };
}

function told({ record, route }: Task) {
  return { record: refOf(record), handler: route.binding.label };
}
