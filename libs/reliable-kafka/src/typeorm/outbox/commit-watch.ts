import type { EntitySubscriberInterface, QueryRunner } from 'typeorm';
import type { RecordRow } from './sql/index.js';
import { depthOf, forgetBuffer, knownBuffer } from './transaction-buffers.js';

interface TransactionEvent {
  readonly queryRunner: QueryRunner;
}

/**
 * Follows the transactions of a DataSource, as a subscriber. TypeORM tells of nested ones in the same words, and which one it is is in the depth: only
 * before the outermost commits is anything written, so that locks last for the commit and are taken in one order.
 */
export class CommitWatch implements EntitySubscriberInterface {
  private readonly flushed = new WeakMap<QueryRunner, ReadonlySet<number>>();

  constructor(
    /** Writes what a transaction has added, in it, and answers the slots. */
    private readonly flush: (runner: QueryRunner, rows: readonly RecordRow[]) => Promise<ReadonlySet<number>>,
    /** These slots have something new. */
    private readonly committed: (slots: ReadonlySet<number>) => void,
  ) {}

  /** One that ended without a word, with its connection, has left something behind. */
  beforeTransactionStart({ queryRunner }: TransactionEvent): void {
    if (depthOf(queryRunner) === 0) this.forget(queryRunner);
  }

  async beforeTransactionCommit({ queryRunner }: TransactionEvent): Promise<void> {
    const buffer = knownBuffer(queryRunner);
    if (!buffer) return;
    const depth = depthOf(queryRunner);
    if (depth > 1) return buffer.nestedCommitted(depth);
    // Subscribers that are told after this one may still add, in the same breath.
    await undefined;
    const rows = await Promise.all(buffer.take());
    if (rows.length > 0) this.flushed.set(queryRunner, await this.flush(queryRunner, rows));
  }

  afterTransactionCommit({ queryRunner }: TransactionEvent): void {
    if (queryRunner.isTransactionActive) return;
    const slots = this.flushed.get(queryRunner);
    this.forget(queryRunner);
    if (slots) this.committed(slots);
  }

  beforeTransactionRollback({ queryRunner }: TransactionEvent): void {
    const depth = depthOf(queryRunner);
    if (depth > 1) knownBuffer(queryRunner)?.nestedRolledBack(depth);
    else this.forget(queryRunner);
  }

  private forget(runner: QueryRunner): void {
    forgetBuffer(runner);
    this.flushed.delete(runner);
  }
}
