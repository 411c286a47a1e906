import type { DeliveryReport, EncodedRecord, ReliableMessage } from '../contracts/index.js';
import type { ProducerCore } from './core.js';
import { InvalidMessageError } from './errors.js';
import { checkMessage, encodeKey, withMessageId } from './message.js';
import type { PartitionQuestion } from './partitioning.js';

/** What a serializer makes of a message's value. Its key counts where the message has no `orderedBy`; its headers are added. */
export interface SerializedValue {
  readonly value: Buffer | string | null;
  readonly key?: Buffer | string | null;
  readonly headers?: EncodedRecord['headers'];
}

export type SerializeValue = (message: ReliableMessage, topic: string) => SerializedValue | Promise<SerializedValue>;

/** From messages to encoded records on their way, in the order of the calls, however long a serializer takes. */
export class MessageSender {
  /** The preparation of the latest send of each topic, while it lasts: a send is prepared after those before it. */
  readonly #preparing = new Map<string, Promise<unknown>>();

  constructor(
    private readonly core: ProducerCore,
    private readonly serialize: SerializeValue,
  ) {}

  async send(topic: string, messages: readonly ReliableMessage[]): Promise<DeliveryReport[]> {
    if (typeof topic !== 'string' || topic === '') throw new InvalidMessageError('The topic is empty: name one');
    if (!Array.isArray(messages))
      throw new InvalidMessageError(`The messages to '${topic}' are not a list: pass [{ value: … }]`);
    messages.forEach((message, index) => checkMessage(topic, message, index));
    if (messages.length === 0) return [];

    const timestamp = String(Date.now());
    const records = this.#inTurn(topic, async () => {
      const choose = await this.core.partitioning(topic);
      const encoded: EncodedRecord[] = [];
      for (const message of messages) encoded.push(await this.#encode(topic, message, choose, timestamp));
      return { delivery: this.core.send(topic, encoded) };
    });
    return (await records).delivery;
  }

  /** Errors of an earlier send are its own sender's. */
  #inTurn<T>(topic: string, prepare: () => Promise<T>): Promise<T> {
    const earlier = this.#preparing.get(topic);
    const mine = earlier ? earlier.then(prepare, prepare) : prepare();
    this.#preparing.set(topic, mine);
    const done = () => {
      if (this.#preparing.get(topic) === mine) this.#preparing.delete(topic);
    };
    mine.then(done, done);
    return mine;
  }

  async #encode(
    topic: string,
    message: ReliableMessage,
    choose: (message: PartitionQuestion) => number,
    timestamp: string,
  ): Promise<EncodedRecord> {
    const serialized = await this.serialize(message, topic);
    const key = encodeKey(message.orderedBy) ?? bytes(serialized.key);
    return {
      partition: choose({ partition: message.partition, key, value: message.value }),
      key,
      value: bytes(serialized.value),
      headers: withMessageId({ ...serialized.headers, ...message.headers }, message.id),
      timestamp,
    };
  }
}

function bytes(data: Buffer | string | null | undefined): Buffer | null {
  if (data === null || data === undefined) return null;
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
