/** The wire: Kafka's primitive types, its error codes and its record batches. Knows nothing of a broker's state. */
export { apiKeys, type ApiName } from './api-keys.js';
export { errors, type ErrorCode, type ErrorName } from './errors.js';
export { MalformedRequest } from './malformed.js';
export { crc32c } from './crc32c.js';
export { Reader } from './reader.js';
export { Writer } from './writer.js';
export * from './types.js';
export {
  batchHeader,
  lastSequence,
  placeBatch,
  soundBatch,
  stampLogAppendTime,
  transactionMarker,
  type BatchHeader,
} from './record-batch.js';
export { recordTimestamps } from './records.js';
