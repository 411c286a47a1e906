import type { Producer, ProducerRecord, RecordMetadata } from 'kafkajs';
import { MessageSender } from '../../producer/index.js';
import type { ProducerCore, SerializedMessage } from '../../producer/index.js';

type Listener = (event: unknown) => void;

const EVENTS = { CONNECT: 'producer.connect', DISCONNECT: 'producer.disconnect' } as const;

/** What Nest's `ClientKafka` uses of a kafkajs producer, made of ours: a `send` that resolves is stored. */
export class AcknowledgedProducer implements Pick<Producer, 'connect' | 'disconnect' | 'send'> {
  readonly events = EVENTS;
  readonly #sender: MessageSender;
  readonly #listeners = new Map<string, Listener[]>();

  constructor(private readonly core: ProducerCore) {
    this.#sender = new MessageSender(core);
  }

  on(event: string, listener: Listener): () => void {
    const listeners = [...(this.#listeners.get(event) ?? []), listener];
    this.#listeners.set(event, listeners);
    return () =>
      void this.#listeners.set(
        event,
        (this.#listeners.get(event) ?? []).filter((one) => one !== listener),
      );
  }

  async connect(): Promise<void> {
    await this.core.connect();
    this.#tell(EVENTS.CONNECT);
  }

  async disconnect(): Promise<void> {
    await this.core.close();
    this.#tell(EVENTS.DISCONNECT);
  }

  /** As kafkajs, one entry per partition. Of the record's options `topic` and `messages` count. */
  async send({ topic, messages }: ProducerRecord): Promise<RecordMetadata[]> {
    const now = String(Date.now());
    const reports = await this.#sender.sendDrafts(topic, messages, ({ partition, timestamp = now, ...message }) => ({
      ...(message as SerializedMessage),
      partition,
      timestamp,
      payload: message.value,
    }));
    const first = new Map<number, RecordMetadata>();
    for (const { partition, offset } of reports) {
      if (!first.has(partition))
        first.set(partition, { topicName: topic, partition, errorCode: 0, baseOffset: String(offset) });
    }
    return [...first.values()];
  }

  #tell(event: string): void {
    for (const listener of this.#listeners.get(event) ?? []) listener({ type: event });
  }
}
