/** For tests: a broker in memory, one record without a broker, a judge of histories, and the contracts of stores. */
export { HistoryChecker, type HistoryReport } from './history-checker.js';
export {
  EmbeddedKafka,
  type ApiName,
  type EmbeddedKafkaOptions,
  type ErrorName,
  type FaultAction,
  type FaultHandle,
  type FaultOptions,
  type Faults,
  type FaultTarget,
} from './embedded/index.js';
export { deliver, type DeliverOptions } from './deliver.js';
export {
  inboxStoreContract,
  leaseStoreContract,
  parkingStoreContract,
  type ContractCase,
  type ContractSubject,
  type InboxSubject,
  type LeaseSubject,
  type MakeSubject,
  type ParkingSubject,
} from './contracts/index.js';
