/** The transaction coordinator. */
export { Transactions, type ProducerIdentity } from './transactions.js';
