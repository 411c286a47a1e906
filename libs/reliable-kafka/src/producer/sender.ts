import type {
  DeliveryReport,
  EncodedRecord,
  ReliableMessage,
  SerializedMessage,
  SerializeMessage,
} from '../contracts/index.js';
import type { ProducerCore } from './core.js';
import { InvalidMessageError } from './errors.js';
import { checkMessage, encodeBytes, encodeHeaders, encodeKey } from './message.js';

export type { SerializedMessage, SerializeMessage } from '../contracts/index.js';

/** A serialized message, and what decides about its way. */
export interface Draft extends SerializedMessage {
  readonly partition?: number;
  readonly id?: string;
  /** The value as a custom partitioner sees it. */
  readonly payload: unknown;
  /** Milliseconds since the epoch. */
  readonly timestamp: string;
}

/** From messages to encoded records on their way. */
export class MessageSender {
  constructor(private readonly core: ProducerCore) {}

  /** A key that the serializer gives counts where the message has no `orderedBy`; its headers are added to the message's. */
  async send(
    topic: string,
    messages: readonly ReliableMessage[],
    serialize: SerializeMessage,
  ): Promise<DeliveryReport[]> {
    if (!Array.isArray(messages)) {
      throw new InvalidMessageError(`The messages to '${topic}' are not a list: pass [{ value: … }]`);
    }
    messages.forEach((message, index) => checkMessage(message, place(topic, index)));
    const timestamp = String(Date.now());
    return this.sendDrafts(topic, messages, async (message, where) => {
      const { value: payload, orderedBy, partition, id } = message;
      const key = orderedBy === undefined ? undefined : encodeKey(orderedBy, `${where}: orderedBy`);
      const serialized = await serializedBy(serialize, message, topic, where);
      const headers = { ...serialized.headers, ...message.headers };
      return { value: serialized.value, key: key ?? serialized.key, headers, partition, id, payload, timestamp };
    });
  }

  /** As `send`, for whatever a draft can be made of. */
  async sendDrafts<M>(
    topic: string,
    messages: readonly M[],
    draft: (message: M, where: string) => Draft | Promise<Draft>,
  ): Promise<DeliveryReport[]> {
    if (typeof topic !== 'string' || topic === '') throw new InvalidMessageError('The topic is empty: name one');
    if (messages.length === 0) return [];
    return this.core.send(topic, async (choose) => {
      const records: EncodedRecord[] = [];
      for (const [index, message] of messages.entries()) {
        const where = place(topic, index);
        const { value, headers, id, partition, payload, timestamp, ...rest } = await draft(message, where);
        const key = encodeBytes(rest.key, where);
        records.push({
          partition: choose({ partition, key, value: payload }),
          key,
          value: encodeBytes(value, where),
          headers: encodeHeaders(headers, id, where),
          timestamp,
        });
      }
      return records;
    });
  }
}

function place(topic: string, index: number): string {
  return `Message ${index} to '${topic}'`;
}

async function serializedBy(
  serialize: SerializeMessage,
  message: ReliableMessage,
  topic: string,
  where: string,
): Promise<SerializedMessage> {
  try {
    return await serialize(message, topic);
  } catch (cause) {
    throw new InvalidMessageError(`${where} cannot be serialized: ${String(cause)}`, { cause });
  }
}
