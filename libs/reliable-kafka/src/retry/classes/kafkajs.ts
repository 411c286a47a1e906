import type { Recognise } from './verdicts.js';
import { down, FATAL } from './verdicts.js';

const KAFKA_DOWN = down('kafka');
/** The broker refuses the records for what they are. */
const REFUSES_RECORDS = new Set<unknown>([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
]);
/** kafkajs gives up on these at once, though another connection may fare better. */
const DOWN = new Set<unknown>([
  'KafkaJSSASLAuthenticationError',
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSTimeout',
  'KafkaJSLockTimeout',
]);

/** kafkajs says of each error whether it is retriable. What it wraps when its retries are used up is not, but its cause is. */
export const kafkajs: Recognise = ({ name, type, retriable, cause }) => {
  if (typeof name !== 'string' || !name.startsWith('KafkaJS')) return undefined;
  if (REFUSES_RECORDS.has(type)) return FATAL;
  return (retriable === true && cause === undefined) || DOWN.has(name) || type === 'BROKER_NOT_AVAILABLE'
    ? KAFKA_DOWN
    : undefined;
};
