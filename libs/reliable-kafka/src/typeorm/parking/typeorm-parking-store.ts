import type { DataSource } from 'typeorm';
import type {
  ConfigurationProblem,
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
  StoreContext,
} from '../../contracts/index.js';
import { ConfigurationError } from '../../contracts/index.js';
import { parkedKeyText } from '../../retry/index.js';
import type { Connections } from '../connections.js';
import { dataSourceFor } from '../data-source.js';
import { probeDatabase } from '../database-probe.js';
import type { Dialect } from '../dialect.js';
import { OwnPool } from '../own-pool.js';
import { SqliteConnection } from '../sqlite-connection.js';
import { ensureTables } from '../tables.js';
import { KeyRows } from './key-rows.js';
import type { SettledParkingOptions } from './options.js';
import { optionProblems, PARKING } from './options.js';
import { PartitionRows } from './partition-rows.js';
import { RecordRows } from './record-rows.js';
import { keyId, partitionId } from './row-ids.js';
import type { Run } from './statements.js';
import { runOver } from './statements.js';
import { parkingTableNames, parkingTables } from './tables.js';
import { Transactions } from './transactions.js';
import { Transitions } from './transitions.js';

const POOL = 4;

/** What works while the store is open. */
interface Opened {
  readonly dataSource: DataSource;
  readonly dialect: Dialect;
  readonly connections: Connections;
  readonly transactions: Transactions;
  readonly partitions: PartitionRows;
  readonly keys: KeyRows;
  readonly records: RecordRows;
  readonly transitions: Transitions;
}

/** Parked keys in the database of a TypeORM DataSource. */
export class TypeormParkingStore implements ParkingStore {
  readonly backend = 'database';
  readonly lookEvery: number;
  private opened: Opened | undefined;
  private readonly watchers = new Set<() => void>();

  constructor(private readonly options: SettledParkingOptions) {
    this.lookEvery = options.lookEvery;
  }

  async open(context: StoreContext): Promise<readonly ConfigurationProblem[]> {
    const problems = optionProblems(this.options);
    if (problems.length > 0) return problems;
    try {
      await this.begin(context);
      return [];
    } catch (error) {
      await this.close();
      if (error instanceof ConfigurationError) return error.problems;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.opened?.connections.close();
    this.opened = undefined;
  }

  probe(): Promise<void> {
    const { dataSource, dialect, partitions } = this.opened!;
    return probeDatabase(dataSource, dialect, (query) => partitions.tryWriting(runOver(query, dialect)));
  }

  takeOver(partition: ParkedPartition, position: bigint): Promise<ParkedState> {
    const { group, topic, partition: number } = partition;
    const { partitions, transitions } = this.opened!;
    return this.opened!.transactions.do({
      partition,
      work: async (run, before) => {
        const epoch = before + 1n;
        await partitions.setEpoch(run, partition, epoch);
        const state = await transitions.state(run, partitionId(partition), position);
        return { epoch, value: { owner: { group, topic, partition: number, epoch }, ...state } };
      },
    });
  }

  owns(owner: ParkingOwner): Promise<boolean> {
    const work = async (_run: Run, epoch: bigint) => ({ value: epoch === owner.epoch });
    return this.opened!.transactions.do({ partition: owner, work });
  }

  rewind(owner: ParkingOwner, position: bigint): Promise<ParkedState> {
    return this.by(owner, async (run, id, { transitions }) => {
      await transitions.rewind(run, id, position);
      return { owner, ...(await transitions.state(run, id, position)) };
    });
  }

  park(owner: ParkingOwner, key: ParkedKey, records: readonly ParkedRecord[], until: ParkedUntil): Promise<number> {
    return this.by(owner, (run, id, { transitions }) => transitions.park(run, id, key, records, until));
  }

  hold(owner: ParkingOwner, key: ParkedKey, dead: ParkedRecord, reason: string): Promise<number> {
    return this.by(owner, (run, id, { transitions }) => transitions.hold(run, id, key, dead, reason));
  }

  async due(owners: readonly ParkingOwner[], atMost: number): Promise<readonly DueKey[]> {
    const { keys, records, transactions } = this.opened!;
    const byId = new Map(owners.map((owner) => [partitionId(owner).toString('hex'), owner]));
    return transactions.read(async (run) => {
      const due = await keys.due(run, owners.map(partitionId), atMost);
      if (due.length === 0) return [];
      const first = new Map<string, ParkedRecord>();
      for (const row of await records.lowest(run, due, (id) => byId.get(id.toString('hex'))!)) {
        const name = nameOf(row.partition, row.handler, row.keyId);
        if (!first.has(name)) first.set(name, row);
      }
      return due.flatMap(({ partition, handler, key, rounds, isUnclean }) => {
        const found = first.get(nameOf(partition, handler, keyId({ key })));
        const owner = byId.get(partition.toString('hex'))!;
        return found ? [{ owner, handler, key, first: found, rounds, isUnclean }] : [];
      });
    });
  }

  take(owner: ParkingOwner, key: ParkedKey, first: ParkedRecord, retryIn: number): Promise<boolean> {
    return this.by(owner, (run, id, { transitions }) => transitions.take(run, id, key, first, retryIn));
  }

  settle(owner: ParkingOwner, key: ParkedKey, done: ParkedRecord, retryIn: number): Promise<ParkedRecord | undefined> {
    return this.by(owner, (run, id, { transitions }) => transitions.settle(run, id, owner, key, done, retryIn));
  }

  postpone(owner: ParkingOwner, key: ParkedKey, until: ParkedUntil): Promise<void> {
    return this.by(owner, (run, id, { keys }) => keys.postpone(run, id, key, until));
  }

  sweep(owner: ParkingOwner, committed: bigint): Promise<void> {
    return this.by(owner, (run, id, { records }) => records.sweep(run, id, committed));
  }

  async replay(replays: readonly Replay[]): Promise<void> {
    const { transactions, transitions } = this.opened!;
    for (const { group, handler, key, record, replayId } of replays) {
      const partition = { group, topic: record.topic, partition: record.partition };
      const parked = { handler, key: parkedKeyText(key, record.offset) };
      const again = { record, replayId, attempts: 0 };
      await transactions.do({
        partition,
        work: async (run) => ({ value: await transitions.replay(run, partitionId(partition), parked, again) }),
      });
    }
    this.tell();
  }

  async releaseKey({ group, handler, key, record }: HeldKey): Promise<boolean> {
    const { transactions, keys } = this.opened!;
    const { topic, partition: number, offset } = record;
    const partition = { group, topic, partition: number };
    const held = { handler, key: parkedKeyText(key, offset) };
    const isReleased = await transactions.do({
      partition,
      work: async (run) => ({ value: await keys.release(run, partitionId(partition), held, offset) }),
    });
    this.tell();
    return isReleased;
  }

  list(group: string | undefined, atMost: number): Promise<readonly ParkedKeyReport[]> {
    const { keys, partitions, transactions } = this.opened!;
    return transactions.read((run) => keys.report(run, partitions.table, group, atMost));
  }

  whenChanged(fn: () => void): () => void {
    this.watchers.add(fn);
    return () => this.watchers.delete(fn);
  }

  private tell(): void {
    for (const watcher of this.watchers) watcher();
  }

  /** Under the lock, when nobody has taken over since. */
  private by<T>(owner: ParkingOwner, work: (run: Run, partition: Buffer, opened: Opened) => Promise<T>): Promise<T> {
    const opened = this.opened!;
    return opened.transactions.do({
      partition: owner,
      owner,
      work: async (run) => ({ value: await work(run, partitionId(owner), opened) }),
    });
  }

  private async begin(context: StoreContext): Promise<void> {
    const { options } = this;
    const [dataSource, dialect] = dataSourceFor(options.dataSource, PARKING, context);
    const { acquireTimeout: acquire, lockTimeout: lock } = options;
    const connections =
      dialect.name === 'sqlite'
        ? await SqliteConnection.open(dataSource, { acquire, lock })
        : new OwnPool(dataSource, dialect.name, acquire, POOL);
    const names = parkingTableNames(dataSource, dialect);
    const partitions = new PartitionRows(dialect, names);
    const keys = new KeyRows(dialect, names);
    const records = new RecordRows(dialect, names);
    const transactions = new Transactions(connections, dialect, partitions, options);
    const transitions = new Transitions(keys, records);
    this.opened = { dataSource, dialect, connections, transactions, partitions, keys, records, transitions };
    const tables = parkingTables(names, dialect);
    await transactions.query((query) => ensureTables(query, tables, dialect, PARKING, options.createTables));
  }
}

function nameOf(partition: Buffer, handler: string, key: Buffer): string {
  return `${partition.toString('hex')}/${key.toString('hex')}/${handler}`;
}
