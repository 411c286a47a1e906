import type { Serializer } from '@nestjs/microservices';
import type { DeliveryReport, ReliableMessage, SerializeMessage } from '../../contracts/index.js';
import { MessageSender } from '../../producer/index.js';
import type { OnDelivery, ProducerCore } from '../../producer/index.js';
import { messageSerializer } from './message-serializer.js';

/**
 * Sends messages: `send` resolves when they are stored, `enqueue` when they are in the buffer. Connects on first use; the module closes it after the
 * HTTP server, and sends before that what is buffered.
 *
 * What a resolved `send`, or a callback, calls stored was stored by `min.insync.replicas`, once, and in order with the earlier messages to the same
 * partition, of `send` and `enqueue` together: also when answers are lost, brokers go away or leaders move meanwhile. What it does not give: a message
 * that is `unknown` may be stored, and sending it again may store it twice. A message that is only enqueued is lost when the process is killed.
 */
export class ReliableKafkaProducer {
  readonly #sender: MessageSender;
  readonly #serialize: SerializeMessage;

  constructor(
    private readonly core: ProducerCore,
    serializer?: Serializer,
  ) {
    this.#sender = new MessageSender(core);
    this.#serialize = messageSerializer(serializer);
  }

  /**
   * Resolves with one delivery report per message, in the order given, after the acknowledgement; with `[]` for no messages.
   *
   * Rejects with `DeliveryError` (per message what was stored, what was not, what is unknown) after the option
   * `producer.deliveryTimeout` (120 s), or before anything is sent with `InvalidMessageError`, `UnknownTopicError`, `TopicUnavailableError`
   * or `ProducerClosedError`.
   */
  send<T = unknown>(topic: string, messages: readonly ReliableMessage<T>[]): Promise<DeliveryReport[]> {
    return this.#sender.send(topic, messages, this.#serialize);
  }

  /**
   * Sends a message in the background, together with others that come within `producer.linger` ms. Resolves when it is in the buffer, at once while there
   * is room: `await` it, and a sender that is faster than the brokers is slowed down instead of filling the memory. Calls for one topic are accepted in
   * their order, `send` included.
   *
   * `onDelivery` is told once what became of the message. Without one, a failure is the event `send-failed` with `unheard: true`, and an error in the log.
   *
   * Rejects, and buffers nothing, with `InvalidMessageError`, `UnknownTopicError`, `TopicUnavailableError` or `ProducerClosedError`.
   */
  enqueue<T = unknown>(topic: string, message: ReliableMessage<T>, onDelivery?: OnDelivery): Promise<void> {
    return this.#sender.enqueue(topic, message, this.#serialize, onDelivery);
  }

  /**
   * Resolves when everything that was enqueued before it has its outcome, and does not let it linger. So when nobody else uses this producer, a resolved
   * flush says: all that was enqueued without an `onDelivery` is stored.
   *
   * Rejects with `FlushError` when a message without an `onDelivery` has failed since the previous flush, or when there are messages without an outcome
   * after `timeout` ms. Without `timeout` it takes as long as it takes, `producer.deliveryTimeout` for what is in the buffer.
   */
  flush(timeout?: number): Promise<void> {
    return this.core.flush(timeout);
  }

  /** Refuses new messages, waits up to `timeout` ms (default 25,000) until all others have their outcomes, and disconnects. Idempotent. */
  close(timeout?: number): Promise<void> {
    return this.core.close(timeout);
  }
}
