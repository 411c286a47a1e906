/** For tests: a broker in memory, one record without a broker, and a judge of histories. */
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
