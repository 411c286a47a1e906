import { ReliableKafkaError } from '../../contracts/index.js';

interface Added<T> {
  readonly item: T;
  /** How many transactions, one inside the other, have to commit for it; the outermost is 1. */
  depth: number;
}

/** What a transaction and those nested in it have added so far, in the order of the calls. */
export class TransactionBuffer<T> {
  private added: Added<T>[] = [];
  private isTaken = false;

  get size(): number {
    return this.added.length;
  }

  /** Throws when the transaction is being committed already. */
  add(item: T, depth: number): void {
    if (this.isTaken)
      throw new ReliableKafkaError(
        'The transaction is being committed, and what is added now would come too late. Add before the transaction ends; ' +
          'a subscriber of `beforeTransactionCommit` adds before its first `await`',
      );
    this.added.push({ item, depth });
  }

  /** A nested transaction was committed: whether its additions count is up to the one around it. */
  nestedCommitted(depth: number): void {
    for (const one of this.added) if (one.depth >= depth) one.depth = depth - 1;
  }

  /** A nested transaction was rolled back, and those nested in it with it. */
  nestedRolledBack(depth: number): void {
    this.added = this.added.filter((one) => one.depth < depth);
  }

  /** Takes back all but the first so many. */
  shrinkTo(size: number): void {
    this.added.length = Math.min(this.added.length, size);
  }

  /** Everything, for the commit: nothing can be added any more. */
  take(): readonly T[] {
    this.isTaken = true;
    return this.added.splice(0).map(({ item }) => item);
  }
}
