import { InfrastructureError, ReliableKafkaError } from '../contracts/index.js';
import type { DeliveryReport } from '../contracts/index.js';

/** A message that cannot be sent as it is. Nothing of its `send` was sent. */
export class InvalidMessageError extends ReliableKafkaError {
  override readonly name = 'InvalidMessageError';
}

/** The broker does not know the topic. Nothing was sent. */
export class UnknownTopicError extends ReliableKafkaError {
  override readonly name = 'UnknownTopicError';
  constructor(
    readonly topic: string,
    options?: ErrorOptions,
  ) {
    super(
      `The topic '${topic}' does not exist. Create it, give its entry in the option 'topics' a number of 'partitions', or check the spelling`,
      options,
    );
  }
}

/** The producer is closed, or closing. Nothing of the message that carries it was sent. */
export class ProducerClosedError extends ReliableKafkaError {
  override readonly name = 'ProducerClosedError';
  constructor() {
    super('The producer is closed: send before the application shuts down');
  }
}

/** No broker told in time which partitions the topic has. Nothing was sent. */
export class TopicUnavailableError extends InfrastructureError {
  override readonly name = 'TopicUnavailableError';
  override readonly backend = 'kafka';
  constructor(
    readonly topic: string,
    cause: Error,
  ) {
    super(
      `The partitions of '${topic}' could not be read: ${cause.message}. Check that the brokers in the option 'client' can be reached from here`,
      { cause },
    );
  }
}

/** The message waited for its turn until its time was up: those before it in its partition could not be delivered. It was never sent. */
export class DeliveryExpiredError extends InfrastructureError {
  override readonly name = 'DeliveryExpiredError';
  override readonly backend = 'kafka';
  constructor(topic: string, partition: number) {
    super(
      `${topic}[${partition}] could not be written to until the message's time (the option 'producer.deliveryTimeout') was up`,
    );
  }
}

/**
 * What became of one message of a `send` that was rejected.
 * - `stored`: acknowledged by the broker, as if the `send` had resolved
 * - `not-stored`: the broker refused it, or it never left this process; sending it again cannot duplicate it
 * - `unknown`: the broker may have stored it; sending it again may, so send it with the same `id` to a consumer that de-duplicates
 */
export type MessageResult = { readonly id: string | undefined } & (
  | { readonly status: 'stored'; readonly report: DeliveryReport }
  | { readonly status: 'not-stored' | 'unknown'; readonly error: unknown }
);

/** At least one message of a `send` was not acknowledged. `results` tells what became of each one, in the order given. */
export class DeliveryError extends ReliableKafkaError {
  override readonly name = 'DeliveryError';
  constructor(
    readonly topic: string,
    readonly results: readonly MessageResult[],
  ) {
    const failed = results.filter((result) => result.status !== 'stored');
    const unknown = failed.filter(({ status }) => status === 'unknown');
    const [first] = failed;
    super(
      `${failed.length} of ${results.length} messages to '${topic}' were not acknowledged (${unknown.length} of them may be stored): ${reason(first?.error)}`,
      { cause: first?.error },
    );
  }
}

/**
 * A `flush` cannot say that everything enqueued before it was stored. What has `failed` was told as the event `send-failed`, message by message; what is
 * `open` goes on being tried.
 */
export class FlushError extends ReliableKafkaError {
  override readonly name = 'FlushError';
  constructor(
    /** Messages without an `onDelivery` that were not acknowledged. */
    readonly failed: number,
    /** Messages without an outcome when the flush's time was up. */
    readonly open: number,
    cause: unknown,
  ) {
    const parts = [
      ...(failed > 0 ? [`${failed} enqueued messages were not acknowledged: ${reason(cause)}`] : []),
      ...(open > 0
        ? [`${open} have no outcome yet: give the flush more time, or look for brokers that do not answer`]
        : []),
    ];
    super(parts.join('; '), { cause });
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
