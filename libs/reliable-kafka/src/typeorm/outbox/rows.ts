import type { OutgoingRecord, ReliableMessage, SerializedMessage, SerializeMessage } from '../../contracts/index.js';
import {
  checkMessage,
  encodeBytes,
  encodeHeaders,
  encodeKey,
  InvalidMessageError,
  wireSize,
} from '../../producer/index.js';
import { parseHeaders, storedHeaders } from '../../retry/index.js';
import type { RecordRow } from './sql/index.js';

/**
 * The row of a message: as the producer would send it, but for its partition. What is wrong with the message is thrown at once, and what an
 * asynchronous serializer finds, later.
 */
export function rowOf(
  topic: string,
  message: ReliableMessage,
  serialize: SerializeMessage,
): RecordRow | Promise<RecordRow> {
  if (typeof topic !== 'string' || topic === '') throw new InvalidMessageError('The topic is empty: name one');
  const where = `A message to '${topic}'`;
  checkMessage(message, where);
  const { orderedBy, partition, id } = message;
  if (partition !== undefined && !(Number.isInteger(partition) && partition >= 0))
    throw new InvalidMessageError(`${where}: its partition is ${partition}; it must be a whole number, or absent`);
  const ownKey = orderedBy === undefined ? undefined : encodeKey(orderedBy, `${where}: orderedBy`);
  const ownHeaders = { ...message.headers };
  const addedAt = Date.now();

  const row = (serialized: SerializedMessage): RecordRow => {
    const key = encodeBytes(ownKey ?? serialized.key, where);
    // The caller may go on using its buffer while the transaction lasts.
    const value = Buffer.isBuffer(serialized.value)
      ? Buffer.from(serialized.value)
      : encodeBytes(serialized.value, where);
    const headers = encodeHeaders({ ...serialized.headers, ...ownHeaders }, id, where);
    const size = wireSize({ key, value, headers, partition: 0, timestamp: '' });
    return { topic, partition: partition ?? null, key, value, headers: storedHeaders(headers), size, addedAt };
  };
  const failed = (cause: unknown): never => {
    if (cause instanceof InvalidMessageError) throw cause;
    throw new InvalidMessageError(`${where} cannot be serialized: ${String(cause)}`, { cause });
  };
  try {
    const serialized = serialize(message, topic);
    return serialized instanceof Promise ? serialized.then(row).catch(failed) : row(serialized);
  } catch (error) {
    return failed(error);
  }
}

/** The record of a row. */
export function recordOf({ topic, partition, key, value, headers, addedAt }: RecordRow): OutgoingRecord {
  return {
    topic,
    partition: partition ?? undefined,
    key,
    value,
    headers: parseHeaders(headers) ?? {},
    timestamp: String(addedAt),
  };
}
