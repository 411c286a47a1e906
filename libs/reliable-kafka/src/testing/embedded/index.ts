/**
 * A one-node Kafka in memory, for tests. It is not Kafka: see `EmbeddedKafka`.
 *
 * - `wire/`: the protocol's types, error codes and record batches
 * - `log/`: topics and partition logs; `groups/`: the group coordinator; `transactions/`: the transaction coordinator
 * - `api/`: one file per API of the protocol, named by its key
 * - `server/`: connections and faults
 */
export { EmbeddedKafka, type EmbeddedKafkaOptions } from './embedded-kafka.js';
export type { FaultAction, FaultHandle, FaultOptions, FaultTarget, Faults } from './server/index.js';
export type { ApiName, ErrorName } from './wire/index.js';

/** The protocol itself, for the conformance suite: the same description of it is spoken to Apache Kafka. */
export { apis, FLEXIBLE, type Api } from './api/index.js';
export {
  crc32c,
  errors,
  nullableString,
  Reader,
  Writer,
  type ErrorCode,
  type ReadOf,
  type WriteOf,
} from './wire/index.js';
