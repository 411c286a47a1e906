import { ClientKafka } from '@nestjs/microservices';
import type { KafkaOptions } from '@nestjs/microservices';
import type { Kafka } from 'kafkajs';
import type { Observable, ReplaySubject } from 'rxjs';
import { createProducerCore } from '../../kafka/index.js';
import { AcknowledgedProducer } from './acknowledged-producer.js';
import { checkClientOptions } from './client-options.js';
import type { ReliableKafkaClientOptions } from './client-options.js';
import { OrderingSerializer } from './ordering-serializer.js';

/**
 * Nest's `ClientKafka` with sends that are acknowledged, idempotent and routed by an ordering key:
 * `ClientsModule.register([{ name, customClass: ReliableKafkaClient, options }])`. Everything else is as its users know it:
 * `subscribeToResponseOf`, `producerOnlyMode`, `connect`, `close`, `status`, `unwrap`, the reply consumer.
 *
 * What `emit` and `send` publish was stored by `min.insync.replicas`, once, when they go on. A failure reaches the subscriber, and the log
 * as well, since an `emit` may have none. Throws `ConfigurationError` for options that these guarantees do not allow.
 */
export class ReliableKafkaClient extends ClientKafka {
  /** As wide as in `ClientProxy`: with Nest's narrower type, `customClass` does not take a subclass of `ClientKafka`. */
  declare protected _status$: ReplaySubject<any>;

  constructor(private readonly reliable: ReliableKafkaClientOptions = {}) {
    checkClientOptions(reliable);
    super({ ...reliable, producer: {} } as NonNullable<KafkaOptions['options']>);
    this.serializer = new OrderingSerializer(reliable.orderedBy ?? {}, reliable.serializer);
  }

  override emit<TResult = any, TInput = any>(pattern: any, data: TInput): Observable<TResult> {
    return this.#told(pattern, super.emit<TResult, TInput>(pattern, data));
  }

  override emitBatch<TResult = any, TInput = any>(pattern: any, data: { messages: TInput[] }): Observable<TResult> {
    return this.#told(pattern, super.emitBatch<TResult, TInput>(pattern, data));
  }

  /** A kafkajs client whose producer, where `ClientKafka` asks for it, is ours. Nest 12 answers with a promise, Nest 11 does not. */
  override createClient(): any {
    const client: Kafka | Promise<Kafka> = super.createClient<Kafka>();
    return client instanceof Promise
      ? client.then((kafka) => this.#withOurProducer(kafka))
      : this.#withOurProducer(client);
  }

  #withOurProducer(kafka: Kafka): Kafka {
    const theirs = kafka.producer.bind(kafka);
    return Object.assign(kafka, {
      producer: (config?: object) => (config === this.options.producer ? this.#ourProducer() : theirs(config)),
    });
  }

  #ourProducer(): AcknowledgedProducer {
    const { client, producer, send } = this.reliable;
    return new AcknowledgedProducer(
      createProducerCore({
        client: { ...client, brokers: this.brokers, clientId: this.clientId },
        producer: { allowAutoTopicCreation: true, compression: send?.compression, ...producer },
        log: this.logger,
      }),
    );
  }

  #told<T>(pattern: unknown, result: Observable<T>): Observable<T> {
    result.subscribe({
      error: (error) => this.logger.error(`'${this.normalizePattern(pattern as string)}' was not sent: ${error}`),
    });
    return result;
  }
}
