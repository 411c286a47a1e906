import { KafkaRequestSerializer } from '@nestjs/microservices/serializers/kafka-request.serializer.js';
import type { Serializer } from '@nestjs/microservices';
import type { DeliveryReport, ReliableMessage } from '../../contracts/index.js';
import { MessageSender } from '../../producer/index.js';
import type { ProducerCore } from '../../producer/index.js';

/**
 * Sends messages and resolves when they are stored. Connects on first use; the module closes it after the HTTP server.
 *
 * A `send` that resolves was stored by `min.insync.replicas`, once, and in order with the earlier sends to the same partition: also when
 * answers are lost, brokers go away or leaders move meanwhile. What it does not give: a send that rejects with a message `unknown` may
 * have stored it, and sending that message again may store it twice.
 */
export class ReliableKafkaProducer {
  readonly #sender: MessageSender;

  constructor(
    private readonly core: ProducerCore,
    private readonly serializer: Serializer = new KafkaRequestSerializer(),
  ) {
    this.#sender = new MessageSender(core);
  }

  /**
   * Resolves with one delivery report per message, in the order given, after the acknowledgement; with `[]` for no messages.
   *
   * Rejects with `DeliveryError` (per message what was stored, what was not, what is unknown) after the option
   * `producer.deliveryTimeout` (120 s), or before anything is sent with `InvalidMessageError`, `UnknownTopicError`, `TopicUnavailableError`
   * or `ProducerClosedError`.
   */
  send<T = unknown>(topic: string, messages: readonly ReliableMessage<T>[]): Promise<DeliveryReport[]> {
    return this.#sender.send(topic, messages, ({ value, headers }) =>
      this.serializer.serialize({ value, headers: { ...headers } }, { pattern: topic }),
    );
  }

  /** Refuses new sends, waits up to `timeout` ms (default 25,000) for those under way, and disconnects. Idempotent. */
  close(timeout?: number): Promise<void> {
    return this.core.close(timeout);
  }
}
