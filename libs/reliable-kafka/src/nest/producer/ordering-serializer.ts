import { KafkaRequestSerializer } from '@nestjs/microservices/serializers/kafka-request.serializer.js';
import type { Serializer } from '@nestjs/microservices';
import { encodeKey, InvalidMessageError } from '../../producer/index.js';
import type { KeySelector } from './client-options.js';

interface KafkaRequest {
  key?: Buffer | string | null;
  value: Buffer | string | null;
  headers?: Record<string, unknown>;
}

const MESSAGE_FORM: ReadonlySet<string> = new Set(['key', 'value', 'headers', 'partition', 'timestamp']);

/**
 * Serializes as `ClientKafka` does, with two differences: a message without a key gets the one that `orderedBy` finds in its payload, and
 * an object that only looks like a Kafka message is refused, where Nest would take its `value` and drop the rest.
 */
export class OrderingSerializer implements Serializer {
  readonly #inner: Serializer<unknown, KafkaRequest>;

  constructor(
    private readonly orderedBy: Readonly<Record<string, KeySelector>>,
    private readonly custom?: Serializer,
  ) {
    this.#inner = custom ?? new KafkaRequestSerializer();
  }

  async serialize(data: unknown, options: { pattern: string }): Promise<KafkaRequest> {
    const message = isMessage(data) ? { ...data } : undefined;
    if (message && !this.custom) refuseLookalikes(message, options.pattern);
    const key = this.#key(options.pattern, message ? message.value : data);
    const request = await this.#inner.serialize(message ?? data, options);
    return request.key === undefined || request.key === null ? { ...request, key } : request;
  }

  #key(topic: string, payload: unknown): string | null {
    const selector = this.orderedBy[topic];
    if (selector === undefined || payload === null) return null;
    const key = typeof selector === 'function' ? selector(payload) : follow(payload, selector);
    return encodeKey(key, `A payload for '${topic}': what the option orderedBy['${topic}'] finds (${selector})`);
  }
}

function isMessage(data: unknown): data is Record<string, unknown> {
  return typeof data === 'object' && data !== null && ('key' in data || 'value' in data);
}

function refuseLookalikes(message: Record<string, unknown>, topic: string): void {
  const foreign = Object.keys(message).find((property) => !MESSAGE_FORM.has(property));
  if (foreign === undefined && message.value !== undefined) return;
  throw new InvalidMessageError(
    `A payload for '${topic}' looks like a Kafka message, since it has 'key' or 'value', but ` +
      (foreign === undefined ? 'it has no value' : `'${foreign}' would be dropped`) +
      '. Emit { value: payload }; null is a tombstone',
  );
}

function follow(payload: unknown, path: string): unknown {
  return path.split('.').reduce<any>((value, name) => value?.[name], payload);
}
