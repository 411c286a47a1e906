import type { DataSource, EntityManager } from 'typeorm';
import type { Capacity, ConfigurationProblem, InboxStore, Log, StoreContext, Verdict } from '../contracts/index.js';
import { ConfigurationError } from '../contracts/index.js';
import { Places } from '../flow/index.js';
import type { ClsTransactions } from './cls-transactions.js';
import { findClsTransactions } from './cls-transactions.js';
import type { Connections } from './connections.js';
import { inTransaction } from './current-transaction.js';
import { dataSourceFor } from './data-source.js';
import { probeDatabase } from './database-probe.js';
import type { Dialect, Query, TableNames } from './dialect.js';
import type { SettledOptions } from './options.js';
import { optionProblems, placesIn, storeLabel } from './options.js';
import { OutsideUse } from './outside-use.js';
import { OwnPool } from './own-pool.js';
import { poolSizeOf } from './pool-size.js';
import { PooledConnections } from './pooled-connections.js';
import { SqliteConnection, warnOfTimeout } from './sqlite-connection.js';
import { Sweeper } from './sweeper.js';
import { ensureTables, inboxTables, tableNames } from './tables.js';
import { TransactionSession } from './transaction-session.js';
import { TypeormTransaction } from './typeorm-transaction.js';

export type { TypeormTransaction };

/** The inbox in the database of a TypeORM DataSource. What it tells of itself is there once it is open. */
export class TypeormStore implements InboxStore {
  readonly provides = 'inbox';
  readonly backend = 'database';
  readonly name?: string;
  /** The application's own, for what it knows of entities. What is read and written in a transaction goes through the transaction's `manager`. */
  dataSource: DataSource;
  dialect: Dialect;
  capacity: Capacity;

  private tables: TableNames;
  private connections: Connections | undefined;
  /** None in SQLite, where the one connection is our own anyway. */
  private ownPool: OwnPool | undefined;
  private outsideUse: OutsideUse | undefined;
  private cls: ClsTransactions | undefined;
  private sweeper: Sweeper | undefined;

  constructor(private readonly options: SettledOptions) {
    this.name = options.name;
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
    await this.sweeper?.close();
    this.outsideUse?.end();
    this.cls?.end();
    await this.connections?.close();
    this.connections = undefined;
    await this.ownPool?.close();
    this.ownPool = undefined;
  }

  transaction<T>(work: (transaction: TypeormTransaction) => Promise<Verdict<T>>): Promise<T> {
    return this.transactionOn(this.connections!, work);
  }

  /** On a connection that is not the application's: for what is short, and must not wait until the application has one to spare. */
  aside<T>(work: (transaction: TypeormTransaction) => Promise<Verdict<T>>): Promise<T> {
    return this.transactionOn(this.ownPool ?? this.connections!, work);
  }

  /** From a sequence of the database. Not part of any transaction: none is given out twice, and some may be left out. */
  async nextFencingToken(): Promise<bigint> {
    return this.withQuery((query) => this.dialect.nextFencingToken(query, this.tables.fence));
  }

  /** Writes, so that a server that has become a replica counts as down. */
  probe(): Promise<void> {
    const { dataSource, dialect, tables } = this;
    return probeDatabase(dataSource, dialect, (query) => dialect.nextFencingToken(query, tables.fence));
  }

  private async transactionOn<T>(
    connections: Connections,
    work: (transaction: TypeormTransaction) => Promise<Verdict<T>>,
  ): Promise<T> {
    return this.inSession(connections, async (session) => {
      const conflict = await this.conflictAtBeginning(session);
      const enter = <R>(manager: EntityManager, handle: () => Promise<R>) => this.enter(manager, handle);
      const transaction = new TypeormTransaction(session, this.dialect, this.tables.inbox, enter, conflict);
      const { commit, value } = await work(transaction);
      if (!commit) return value;
      await transaction.prolong();
      await session.commit();
      return value;
    });
  }

  private async begin(context: StoreContext): Promise<void> {
    const { options } = this;
    [this.dataSource, this.dialect] = dataSourceFor(options.dataSource, storeLabel(options), context);
    this.tables = tableNames(this.dataSource, this.dialect);
    this.capacity = new Places(this.places());
    this.outsideUse = new OutsideUse(this.dataSource);
    this.connections = await this.connect(this.outsideUse, context.log);
    const tables = inboxTables(this.tables, this.dialect);
    await this.withQuery((query) =>
      ensureTables(query, tables, this.dialect, storeLabel(options), options.createTables),
    );
    this.cls = await findClsTransactions(options, this.dataSource, context);
    this.sweeper = new Sweeper(options.sweepEvery, (atMost) => this.sweep(atMost), context.log);
    this.sweeper.start();
  }

  private places(): number {
    if (this.dialect.name === 'sqlite') return 1;
    const { places, problems } = placesIn(this.options, poolSizeOf(this.dataSource, this.dialect.name));
    if (problems.length > 0) throw new ConfigurationError(problems);
    return places;
  }

  private async connect({ create }: OutsideUse, log: Log): Promise<Connections> {
    const { acquireTimeout: acquire, lockTimeout: lock } = this.options;
    if (this.dialect.name === 'sqlite') {
      warnOfTimeout(this.dataSource, log);
      return SqliteConnection.open(this.dataSource, { acquire, lock });
    }
    this.ownPool = new OwnPool(this.dataSource, this.dialect.name, acquire);
    return new PooledConnections(create, acquire);
  }

  /** Only a conflict is one; whatever else goes wrong at the beginning goes wrong. */
  private async conflictAtBeginning(session: TransactionSession): Promise<{ readonly error: unknown } | undefined> {
    try {
      return void (await session.begin());
    } catch (error) {
      if (this.dialect.isConflict(error)) return { error };
      throw error;
    }
  }

  private enter<T>(manager: EntityManager, work: () => Promise<T>): Promise<T> {
    const { cls } = this;
    return inTransaction(this.dataSource, manager, cls ? () => cls.run(manager, work) : work);
  }

  /** Whatever `work` did not commit is rolled back. */
  private async inSession<T>(connections: Connections, work: (session: TransactionSession) => Promise<T>): Promise<T> {
    const lease = await connections.acquire();
    const session = new TransactionSession(lease.runner, this.dialect, this.options);
    try {
      return await work(session);
    } finally {
      await session.end();
      lease.release();
    }
  }

  private async withQuery<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const { runner, release } = await this.connections!.acquire();
    try {
      return await work((sql, parameters) => runner.query(sql, parameters as any[], true));
    } finally {
      await runner.release();
      release();
    }
  }

  /** Deletes rows that have expired, so many at most, and answers how many. Done by itself from time to time. */
  sweep(atMost: number): Promise<number> {
    return this.inSession(this.connections!, async (session) => {
      await session.begin();
      const swept = await this.dialect.sweep(session.query, this.tables.inbox, atMost);
      await session.commit();
      return swept;
    });
  }
}
