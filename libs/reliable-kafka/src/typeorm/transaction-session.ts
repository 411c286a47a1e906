import type { EntityManager, QueryRunner } from 'typeorm';
import type { Dialect, Query, TransactionLimits } from './dialect.js';
import { TransactionBrokenError } from './errors.js';

type RunQuery = QueryRunner['query'];

interface Preceding {
  readonly statements: readonly string[];
  sent?: Promise<void>;
}

/**
 * One transaction on one connection. TypeORM keeps its books, so that `save()` and nested transactions of the handler join it; what is sent to the
 * database at its beginning and its end is ours, and nobody else can end it.
 */
export class TransactionSession {
  private readonly phrases: Readonly<Record<string, string>>;
  private readonly send: RunQuery;
  private preceding: Preceding | undefined;
  /** Its end is ours to say. */
  private mayEnd = false;
  /** Nothing that comes now would be part of it. */
  private isOver = false;
  private broken: { readonly by: unknown } | undefined;
  private stopped: { readonly by: unknown } | undefined;

  constructor(
    private readonly runner: QueryRunner,
    private readonly dialect: Dialect,
    private readonly limits: TransactionLimits,
  ) {
    this.phrases = dialect.phrases(limits);
    this.send = runner.query.bind(runner) as RunQuery;
    runner.query = ((sql: string, ...rest: []) => this.checked(sql, ...rest)) as RunQuery;
  }

  get manager(): EntityManager {
    return this.runner.manager;
  }

  readonly query: Query = (sql, parameters) => this.runner.query(sql, parameters as any[], true);

  async begin(): Promise<void> {
    await this.dialect.limit(this.query, this.limits);
    await this.runner.startTransaction(this.dialect.isolation);
  }

  /** Throws when a statement has failed without being undone, which the handler has kept to itself. */
  mustGoOn(): void {
    if (!this.stopped) return;
    throw new TransactionBrokenError(
      `A statement of the handler failed, and what it did before with it; an error of the database must not be swallowed outside of a nested transaction: ${String(this.stopped.by)}`,
      { cause: this.stopped.by },
    );
  }

  /** Resolves when the COMMIT was acknowledged. */
  async commit(): Promise<void> {
    this.mayEnd = true;
    await this.runner.commitTransaction();
    if (this.runner.isTransactionActive)
      throw new TransactionBrokenError(
        'The handler began a nested transaction and did not end it, so that nothing was committed. Use `manager.transaction()`, which ends by itself',
      );
    this.isOver = true;
  }

  /** Rolls back what was not committed, and gives the connection back in the state in which it was taken. */
  async end(): Promise<void> {
    try {
      this.mayEnd = true;
      // One for each level that the handler may have left open.
      while (this.runner.isTransactionActive) await this.runner.rollbackTransaction();
      this.isOver = true;
      await this.dialect.unlimit((sql) => this.send(sql, undefined, true));
      await this.runner.release();
    } catch (error) {
      // Nobody knows what it is in the middle of.
      await this.dialect.discard(this.runner, error).catch(() => undefined);
    }
  }

  /** Statements that go before the next one, and are not sent without one. Call the answer when none must come any more: it says whether one came. */
  precede(statements: readonly string[]): () => boolean {
    const preceding: Preceding = { statements };
    this.preceding = preceding;
    return () => {
      this.preceding = undefined;
      return preceding.sent !== undefined;
    };
  }

  private async checked(sql: string, ...rest: []): Promise<any> {
    const { preceding } = this;
    // Whoever comes meanwhile waits, too.
    if (preceding) await (preceding.sent ??= this.sendAll(preceding.statements));
    return this.sendChecked(sql, ...rest);
  }

  private async sendAll(statements: readonly string[]): Promise<void> {
    for (const sql of statements) await this.sendChecked(sql);
  }

  private async sendChecked(sql: string, ...rest: []): Promise<any> {
    const isEnd = sql === 'COMMIT' || sql === 'ROLLBACK';
    if (isEnd ? !this.mayEnd : this.isOver)
      throw new TransactionBrokenError(
        isEnd
          ? "The handler's transaction is committed or rolled back by its guard, when the handler has ended"
          : 'The transaction is over. Await everything that the handler starts',
      );
    if (this.broken && sql !== 'ROLLBACK')
      throw new TransactionBrokenError(
        `The database has rolled back the handler's transaction: ${String(this.broken.by)}`,
        { cause: this.broken.by },
      );
    const words = this.phrases[sql] ?? sql;
    if (words === '') return undefined;
    if (isEnd) this.isOver = true;
    try {
      const result = await this.send(words, ...rest);
      if (sql.startsWith('ROLLBACK TO ')) this.stopped = undefined;
      return result;
    } catch (error) {
      if (this.dialect.stopsAtFailure) this.stopped ??= { by: error };
      if (this.dialect.endsTransaction(error)) this.broken = { by: error };
      throw error;
    } finally {
      // Subscribers of the application may have something to send after the end.
      if (isEnd) this.isOver = false;
    }
  }
}
