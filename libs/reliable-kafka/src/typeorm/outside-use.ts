import type { DataSource } from 'typeorm';
import type { CreateRunner } from './connections.js';
import { isInTransactionOn } from './current-transaction.js';
import { OutsideTransactionError } from './errors.js';

/**
 * Lets no handler take a second connection of the DataSource on which its transaction runs: what it writes there would stay when the claim is rolled
 * back, and many handlers that each wait for a second connection would wait for each other. Everything of TypeORM that has no connection yet asks
 * `createQueryRunner` for one.
 */
export class OutsideUse {
  /** The unchecked way, for ourselves. */
  readonly create: CreateRunner;

  constructor(private readonly dataSource: DataSource) {
    this.create = dataSource.createQueryRunner.bind(dataSource);
    dataSource.createQueryRunner = (mode) => {
      if (isInTransactionOn(dataSource))
        throw new OutsideTransactionError(
          'This handler runs in a transaction, and uses the DataSource (an injected repository, its manager, an active record) outside of it: ' +
            'that would be kept when the transaction is rolled back. Take the manager of the transaction: a parameter with @Tx(), or currentManager()',
        );
      return this.create(mode);
    };
  }

  /** Takes the check away again. */
  end(): void {
    Reflect.deleteProperty(this.dataSource, 'createQueryRunner');
  }
}
