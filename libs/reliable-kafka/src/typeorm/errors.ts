import { InfrastructureError, ReliableKafkaError } from '../contracts/index.js';

/** No connection of the pool came free in time. Nothing was done. */
export class NoConnectionError extends InfrastructureError {
  override readonly name = 'NoConnectionError';
  override readonly backend = 'database';
}

/** A handler uses the database beside the transaction that it runs in. */
export class OutsideTransactionError extends ReliableKafkaError {
  override readonly name = 'OutsideTransactionError';
}

/** The transaction cannot be committed any more, or was left in a state in which it must not be. It was rolled back. */
export class TransactionBrokenError extends ReliableKafkaError {
  override readonly name = 'TransactionBrokenError';
}
