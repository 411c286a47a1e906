import type {
  DeliveryReport,
  EncodedRecord,
  ReliableMessage,
  SerializedMessage,
  SerializeMessage,
} from '../contracts/index.js';
import type { ChoosePartition, ProducerCore } from './core.js';
import type { OnDelivery } from './enqueued.js';
import { after } from './after.js';
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
      const key = keyOf(message, where);
      const serialized = await serializedBy(serialize, message, topic, where);
      return draftOf(message, key, serialized, timestamp);
    });
  }

  /** As `send`, for whatever a draft can be made of. */
  async sendDrafts<M>(
    topic: string,
    messages: readonly M[],
    draft: (message: M, where: string) => Draft | Promise<Draft>,
  ): Promise<DeliveryReport[]> {
    checkTopic(topic);
    if (messages.length === 0) return [];
    return this.core.send(topic, async (choose) => {
      const records: EncodedRecord[] = [];
      for (const [index, message] of messages.entries()) {
        const where = place(topic, index);
        records.push(encoded(await draft(message, where), where)(choose));
      }
      return records;
    });
  }

  /** Serializes at once: a wrong message does not wait for its turn, and what becomes of the payload afterwards does not matter. */
  async enqueue(
    topic: string,
    message: ReliableMessage,
    serialize: SerializeMessage,
    onDelivery?: OnDelivery,
  ): Promise<void> {
    checkTopic(topic);
    const where = `The message to '${topic}'`;
    checkMessage(message, where);
    if (onDelivery !== undefined && typeof onDelivery !== 'function') {
      throw new InvalidMessageError(`${where}: onDelivery is no function; pass (result) => …, or nothing`);
    }
    const timestamp = String(Date.now());
    const key = keyOf(message, where);
    const record = after(serializedBy(serialize, message, topic, where), (serialized) =>
      encoded(draftOf(message, key, serialized, timestamp), where),
    );
    if (record instanceof Promise) record.catch(() => undefined); // told when its turn has come
    return this.core.enqueue(topic, (choose) => after(record, (choosing) => choosing(choose)), onDelivery);
  }
}

function checkTopic(topic: string): void {
  if (typeof topic !== 'string' || topic === '') throw new InvalidMessageError('The topic is empty: name one');
}

function place(topic: string, index: number): string {
  return `Message ${index} to '${topic}'`;
}

function keyOf({ orderedBy }: ReliableMessage, where: string): string | undefined {
  return orderedBy === undefined ? undefined : encodeKey(orderedBy, `${where}: orderedBy`);
}

function serializedBy(
  serialize: SerializeMessage,
  message: ReliableMessage,
  topic: string,
  where: string,
): SerializedMessage | Promise<SerializedMessage> {
  const refuse = (cause: unknown): never => {
    throw new InvalidMessageError(`${where} cannot be serialized: ${String(cause)}`, { cause });
  };
  try {
    const serialized = serialize(message, topic);
    return serialized instanceof Promise ? serialized.catch(refuse) : serialized;
  } catch (cause) {
    return refuse(cause);
  }
}

function draftOf(
  { value: payload, partition, headers, id }: ReliableMessage,
  key: string | undefined,
  serialized: SerializedMessage,
  timestamp: string,
): Draft {
  return {
    value: serialized.value,
    key: key ?? serialized.key,
    headers: { ...serialized.headers, ...headers },
    partition,
    id,
    payload,
    timestamp,
  };
}

/** Everything but the partition, which is chosen when the record's turn has come. */
function encoded(draft: Draft, where: string): (choose: ChoosePartition) => EncodedRecord {
  const { partition, payload, timestamp } = draft;
  const key = encodeBytes(draft.key, where);
  const value = encodeBytes(draft.value, where);
  const headers = encodeHeaders(draft.headers, draft.id, where);
  return (choose) => ({ partition: choose({ partition, key, value: payload }), key, value, headers, timestamp });
}
