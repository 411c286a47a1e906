import type {
  DueKey,
  HeldKey,
  ParkedKey,
  ParkedKeyReport,
  ParkedPartition,
  ParkedRecord,
  ParkedState,
  ParkedUntil,
  ParkingOwner,
  ParkingStore,
  Replay,
} from '../../libs/reliable-kafka/src/contracts/index.js';
import { ParkingFencedError } from '../../libs/reliable-kafka/src/contracts/index.js';
import { parkedKeyText } from '../../libs/reliable-kafka/src/retry/index.js';

interface KeyRow extends ParkedKey {
  due: number;
  rounds: number;
  isUnclean: boolean;
  held: bigint | undefined;
  reason: string;
}

interface RecordRow extends ParkedRecord, ParkedKey {
  isDone: boolean;
  isDead: boolean;
}

class PartitionRows {
  epoch = 0n;
  readonly keys = new Map<string, KeyRow>();
  records: RecordRow[] = [];

  constructor(readonly partition: ParkedPartition) {}

  /** Of a key, those that are not done with, in the order in which they run. */
  waiting({ handler, key }: ParkedKey): RecordRow[] {
    return this.records
      .filter((row) => row.handler === handler && row.key === key && !row.isDone)
      .toSorted((a, b) => Number(a.record.offset - b.record.offset) || a.replayId.localeCompare(b.replayId));
  }

  find({ handler }: ParkedKey, { record, replayId }: ParkedRecord): RecordRow | undefined {
    return this.records.find(
      (row) =>
        row.handler === handler &&
        row.record.offset === record.offset &&
        row.record.timestamp === record.timestamp &&
        row.replayId === replayId,
    );
  }
}

/** What is parked, in memory: each method is one step, as a transaction under the partition's lock is. `now` goes as it is told to. */
export class MemoryParkingStore implements ParkingStore {
  readonly backend = 'database';
  readonly partitions = new Map<string, PartitionRows>();
  private readonly watchers = new Set<() => void>();

  constructor(
    readonly lookEvery = 20,
    readonly now: () => number = () => performance.now(),
  ) {}

  async open() {
    return [];
  }

  async close() {}

  async probe() {}

  async takeOver(partition: ParkedPartition, position: bigint): Promise<ParkedState> {
    const rows = this.rowsOf(partition);
    rows.epoch++;
    return this.stateOf(rows, position);
  }

  async owns(owner: ParkingOwner): Promise<boolean> {
    return this.rowsOf(owner).epoch === owner.epoch;
  }

  async rewind(owner: ParkingOwner, position: bigint): Promise<ParkedState> {
    const rows = this.owned(owner);
    rows.records = rows.records.filter(({ record }) => record.offset < position);
    for (const row of rows.keys.values()) if (row.held !== undefined && row.held >= position) this.release(row);
    for (const [id, row] of rows.keys)
      if (row.held === undefined && rows.waiting(row).length === 0) rows.keys.delete(id);
    return this.stateOf(rows, position);
  }

  async park(owner: ParkingOwner, key: ParkedKey, records: readonly ParkedRecord[], until: ParkedUntil) {
    const rows = this.owned(owner);
    if (!rows.keys.has(idOf(key))) this.insertKey(rows, key, until);
    for (const record of records) this.insert(rows, key, record);
    return rows.waiting(key).length;
  }

  async hold(owner: ParkingOwner, key: ParkedKey, dead: ParkedRecord, reason: string): Promise<number> {
    const rows = this.owned(owner);
    const row = rows.keys.get(idOf(key)) ?? this.insertKey(rows, key, { retryIn: 0, reason });
    Object.assign(row, { due: Infinity, held: dead.record.offset, rounds: 0, isUnclean: false, reason });
    this.insert(rows, key, dead).isDead = true;
    return rows.waiting(key).length;
  }

  async due(owners: readonly ParkingOwner[], atMost: number): Promise<readonly DueKey[]> {
    const found = owners.flatMap((owner) => {
      const rows = this.rowsOf(owner);
      return [...rows.keys.values()]
        .filter(({ due, held }) => held === undefined && due <= this.now())
        .flatMap((row) => {
          const { handler, key, rounds, isUnclean, due } = row;
          const [first] = rows.waiting(row);
          return first ? [{ due, owner, handler, key, first, rounds, isUnclean }] : [];
        });
    });
    return found.toSorted((a, b) => a.due - b.due).slice(0, atMost);
  }

  async take(owner: ParkingOwner, key: ParkedKey, first: ParkedRecord, retryIn: number): Promise<boolean> {
    const rows = this.owned(owner);
    const row = rows.keys.get(idOf(key));
    if (!row || row.held !== undefined || row.due > this.now()) return false;
    if (rows.waiting(key)[0] !== rows.find(key, first)) return false;
    this.beginRound(row, row.rounds + 1, retryIn);
    return true;
  }

  async settle(owner: ParkingOwner, key: ParkedKey, done: ParkedRecord, retryIn: number) {
    const rows = this.owned(owner);
    const row = rows.find(key, done);
    if (row) row.isDone = true;
    const [next] = rows.waiting(key);
    const parked = rows.keys.get(idOf(key));
    if (next && parked) this.beginRound(parked, 1, retryIn);
    else rows.keys.delete(idOf(key));
    return next;
  }

  async postpone(owner: ParkingOwner, key: ParkedKey, { retryIn, reason }: ParkedUntil): Promise<void> {
    const row = this.owned(owner).keys.get(idOf(key));
    if (row) Object.assign(row, { due: this.now() + retryIn, isUnclean: false, reason });
  }

  async sweep(owner: ParkingOwner, committed: bigint): Promise<void> {
    const rows = this.owned(owner);
    rows.records = rows.records.filter(
      ({ isDone, record, replayId }) => !isDone || replayId !== '' || record.offset >= committed,
    );
  }

  async replay(replays: readonly Replay[]): Promise<void> {
    for (const { group, handler, key, record, replayId } of replays) {
      const rows = this.rowsOf({ group, topic: record.topic, partition: record.partition });
      const parked = { handler, key: parkedKeyText(key, record.offset) };
      const again = { record, replayId, attempts: 0 };
      if (rows.find(parked, again)) continue;
      const row = rows.keys.get(idOf(parked)) ?? this.insertKey(rows, parked, { retryIn: 0, reason: 'replayed' });
      if (row.held === record.offset) this.release(row);
      this.insert(rows, parked, again);
    }
    for (const tell of this.watchers) tell();
  }

  async releaseKey({ group, handler, key, record }: HeldKey): Promise<boolean> {
    const rows = this.rowsOf({ group, topic: record.topic, partition: record.partition });
    const row = rows.keys.get(idOf({ handler, key: parkedKeyText(key, record.offset) }));
    if (row?.held !== record.offset) return false;
    this.release(row);
    for (const tell of this.watchers) tell();
    return true;
  }

  async list(group: string | undefined, atMost: number): Promise<readonly ParkedKeyReport[]> {
    const all = [...this.partitions.values()].filter(
      ({ partition }) => group === undefined || partition.group === group,
    );
    const reports = all.flatMap((rows) =>
      [...rows.keys.values()].map((row) => {
        const { handler, key, rounds, reason, due } = row;
        const when = row.held === undefined ? { due: new Date(Date.now() + due - this.now()) } : {};
        return { ...rows.partition, handler, key, rounds, reason, records: rows.waiting(row).length, ...when };
      }),
    );
    return reports.slice(0, atMost);
  }

  whenChanged(fn: () => void): () => void {
    this.watchers.add(fn);
    return () => this.watchers.delete(fn);
  }

  /** Compares the epoch, as every transition must. */
  protected owned(owner: ParkingOwner): PartitionRows {
    const rows = this.rowsOf(owner);
    if (rows.epoch !== owner.epoch) throw new ParkingFencedError(owner);
    return rows;
  }

  protected rowsOf({ group, topic, partition }: ParkedPartition): PartitionRows {
    const id = JSON.stringify([group, topic, partition]);
    let rows = this.partitions.get(id);
    if (!rows) this.partitions.set(id, (rows = new PartitionRows({ group, topic, partition })));
    return rows;
  }

  private stateOf(rows: PartitionRows, position: bigint): ParkedState {
    return {
      owner: { ...rows.partition, epoch: rows.epoch },
      keys: [...rows.keys.values()].map((row) => ({
        handler: row.handler,
        key: row.key,
        records: rows.waiting(row).length,
      })),
      known: rows.records
        .filter(({ record, replayId }) => replayId === '' && record.offset >= position)
        .map(({ handler, record: { offset, timestamp } }) => ({ handler, offset, timestamp })),
    };
  }

  private insertKey(rows: PartitionRows, { handler, key }: ParkedKey, { retryIn, reason }: ParkedUntil): KeyRow {
    const due = this.now() + retryIn;
    const row: KeyRow = { handler, key, due, rounds: 0, isUnclean: false, held: undefined, reason };
    rows.keys.set(idOf(row), row);
    return row;
  }

  private insert(rows: PartitionRows, { handler, key }: ParkedKey, record: ParkedRecord): RecordRow {
    let row = rows.find({ handler, key }, record);
    if (!row) rows.records.push((row = { ...record, handler, key, isDone: false, isDead: false }));
    return row;
  }

  private beginRound(row: KeyRow, rounds: number, retryIn: number): void {
    Object.assign(row, { rounds, due: this.now() + retryIn, isUnclean: true });
  }

  private release(row: KeyRow): void {
    Object.assign(row, { held: undefined, due: this.now() });
  }
}

function idOf({ handler, key }: ParkedKey): string {
  return JSON.stringify([handler, key]);
}
