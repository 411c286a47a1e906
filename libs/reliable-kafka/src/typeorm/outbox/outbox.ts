import { randomUUID } from 'node:crypto';
import type { EntityManager, QueryRunner } from 'typeorm';
import type { OutboxLink, ReliableMessage, StoreContext } from '../../contracts/index.js';
import { ConfigurationError, ReliableKafkaError } from '../../contracts/index.js';
import { OutsideTransactionError } from '../errors.js';
import { bySlot } from './by-slot.js';
import { CommitWatch } from './commit-watch.js';
import type { DeadOutboxRecord } from './dead-record.js';
import { deadRecord } from './dead-record.js';
import type { SettledOutboxOptions } from './options.js';
import { optionProblems, OUTBOX } from './options.js';
import { OutboxDatabase, queryOf } from './outbox-database.js';
import { OutboxRecords } from './outbox-records.js';
import { Relay } from './relay.js';
import { rowOf } from './rows.js';
import { SlotLeases } from './slot-leases.js';
import type { RecordRow } from './sql/index.js';
import { bufferOf, depthOf } from './transaction-buffers.js';

const PAGE = 100;

const ANOTHER = {
  where: `${OUTBOX} dataSource`,
  what: 'there is an outbox on it already',
  remedy: 'Import the module once, and inject `Outbox` wherever it is needed.',
};

/** What waits in the outbox. */
export interface OutboxBacklog {
  /** Records that are committed and not published yet, or not known to be. */
  readonly waiting: number;
  /** When the oldest of them was added. */
  readonly oldest: Date | undefined;
  readonly dead: number;
}

interface Opened {
  readonly database: OutboxDatabase;
  readonly records: OutboxRecords;
  /** Sees the commits of its DataSource. */
  readonly watch: CommitWatch;
}

/**
 * Messages that are published if, and only if, a transaction of the database commits: at least once, those of one key in the order of the commits,
 * also across processes, crashes and standstills. A message that is published twice has the same `message-id` both times, and its copy comes before
 * anything newer of its key.
 *
 * What it does not give: order between keys, and once only; put `@Idempotent` before what must not happen twice. Readers have to read committed
 * records, as kafkajs's and this library's consumers do by default.
 */
export class Outbox {
  private opened: Opened | undefined;
  private relay: Relay | undefined;

  /** @internal */
  constructor(
    private readonly options: SettledOutboxOptions,
    private readonly link: OutboxLink,
  ) {}

  /**
   * Adds a message to the transaction of `manager`: the one that `dataSource.transaction()` gives, or `currentManager()` or `@Tx()` in a handler behind
   * a guard with a transaction. What a nested transaction adds goes with it when it is rolled back. Nothing is written before the commit.
   *
   * Throws `OutsideTransactionError` without a transaction of the outbox's DataSource, and `InvalidMessageError`. What an asynchronous serializer
   * finds wrong makes the commit fail.
   */
  add<T = unknown>(manager: EntityManager, topic: string, message: ReliableMessage<T>): void {
    const runner = this.runnerOf(manager);
    const row = rowOf(topic, message, this.link.serialize);
    // Its failure is the commit's; until then nobody waits for it.
    if (row instanceof Promise) row.catch(() => undefined);
    bufferOf(runner).add(row, depthOf(runner));
  }

  async backlog(): Promise<OutboxBacklog> {
    const { database, records } = this.known;
    const { oldest, ...counted } = await database.withQuery((query) => records.count(query));
    return { ...counted, oldest: oldest === undefined ? undefined : new Date(oldest) };
  }

  /** Records that the broker refuses, oldest first, those after a `sequence` only where one is given. */
  async dead({ after = 0, limit = PAGE }: { readonly after?: number; readonly limit?: number } = {}): Promise<
    DeadOutboxRecord[]
  > {
    const { database, records } = this.known;
    return (await database.withQuery((query) => records.dead(query, after, limit))).map(deadRecord);
  }

  /** Lets a dead record be published after all, behind whatever of its key waits now. False: there is no such record any more. */
  async revive(sequence: number): Promise<boolean> {
    const { database, records } = this.known;
    return database.transaction(async (query, runner) => {
      const [row] = await records.dead(query, sequence - 1, 1);
      if (row?.seq !== sequence || !(await records.discard(query, sequence))) return false;
      bufferOf(runner).add(row, depthOf(runner));
      return true;
    });
  }

  /** Deletes a dead record. False: there is no such record any more. */
  discard(sequence: number): Promise<boolean> {
    const { database, records } = this.known;
    return database.withQuery((query) => records.discard(query, sequence));
  }

  /** Rejects with a ConfigurationError. @internal */
  async open(context: Pick<StoreContext, 'resolve'>): Promise<void> {
    const problems = optionProblems(this.options);
    if (problems.length > 0) throw new ConfigurationError(problems);
    const database = await OutboxDatabase.open(this.options, context);
    const { subscribers } = database.dataSource;
    if (subscribers.some((one) => one instanceof CommitWatch)) {
      await database.close();
      throw new ConfigurationError([ANOTHER]);
    }
    const records = new OutboxRecords(database.dialect, database.tables);
    const watch = new CommitWatch(
      (runner, rows) => this.flush(records, runner, rows),
      (slots) => this.relay?.wake(slots),
    );
    subscribers.push(watch);
    this.opened = { database, records, watch };
  }

  /** Begins to publish. @internal */
  start(): void {
    if (!this.options.relay) return;
    const { database, records } = this.known;
    const { lease, pollEvery } = this.options;
    const { publishers, emit, log } = this.link;
    const owner = randomUUID();
    const leases = new SlotLeases(database.dialect, database.tables, owner, lease);
    const { withQuery } = database;
    this.relay = new Relay({ leases, records, publishers, owner, lease, pollEvery, withQuery, emit, log });
    this.relay.start();
  }

  /** Brings to an end what is being published. What is added from now on is published by others, or after the next start. @internal */
  async stop(): Promise<void> {
    await this.relay?.stop();
    this.relay = undefined;
  }

  /** Forgets the database, which is about to close. @internal */
  async close(): Promise<void> {
    await this.stop();
    const { opened } = this;
    this.opened = undefined;
    if (!opened) return;
    const { subscribers } = opened.database.dataSource;
    subscribers.splice(subscribers.indexOf(opened.watch), 1);
    await opened.database.close();
  }

  private get known(): Opened {
    if (this.opened) return this.opened;
    throw new ReliableKafkaError(
      'The outbox is open from `onModuleInit` of its module until the application shuts down',
    );
  }

  private runnerOf(manager: EntityManager): QueryRunner {
    const { watch } = this.known;
    const runner = manager?.queryRunner;
    if (!runner?.isTransactionActive)
      throw new OutsideTransactionError(
        'Outbox.add() needs the manager of a transaction that is open, and this one has none. Use the one that dataSource.transaction(manager => …) ' +
          'gives, or currentManager() in a handler behind a guard with a transaction',
      );
    // Of any other the commit would not be seen, and the message be lost.
    if (!runner.connection.subscribers.includes(watch))
      throw new OutsideTransactionError(
        'Outbox.add() was given a manager of another DataSource than its own. Give OutboxModule.forRoot({ dataSource }) the one that is written to',
      );
    return runner;
  }

  private async flush(
    records: OutboxRecords,
    runner: QueryRunner,
    rows: readonly RecordRow[],
  ): Promise<ReadonlySet<number>> {
    const groups = bySlot(rows, this.options.slots);
    for (const [slot, some] of groups) await records.append(queryOf(runner), slot, some);
    return new Set(groups.map(([slot]) => slot));
  }
}
