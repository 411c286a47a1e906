import type { KafkaOptions } from '@nestjs/microservices';
import { ConfigurationError } from '../../contracts/index.js';
import type { ConfigurationProblem, ReliableProducerOptions } from '../../contracts/index.js';

type NestOptions = NonNullable<KafkaOptions['options']>;

/** Where the key of a payload is found: a path (`'user.id'`), or a pure function. */
export type KeySelector = string | ((payload: any) => string | number | bigint);

/** The options of Nest's `ClientKafka`, but for what the guarantees decide, and `orderedBy`. */
export interface ReliableKafkaClientOptions extends Omit<NestOptions, 'producer' | 'send'> {
  /** kafkajs `ProducerConfig` and the options of `ReliableKafkaModule`'s. As with `ClientKafka`, an unknown topic is created unless `allowAutoTopicCreation` is false. */
  readonly producer?: ReliableProducerOptions;
  /** `compression` counts; `acks` is -1. */
  readonly send?: NestOptions['send'];
  /** By topic. The key of a message that has one already wins. */
  readonly orderedBy?: Readonly<Record<string, KeySelector>>;
}

const DECIDED = {
  createPartitioner:
    "Give 'producer.partitioner' instead; without it keys are hashed as by kafkajs's DefaultPartitioner",
  transactionalId: 'Remove it: this client has no transactions',
} as const;

/** The options of a client that only guarantees less, or means something else here, must not be dropped silently. */
export function checkClientOptions({ producer = {}, send = {} }: ReliableKafkaClientOptions): void {
  const problems: ConfigurationProblem[] = [];
  const refuse = (option: string, what: string, remedy: string) =>
    problems.push({ where: `ReliableKafkaClient, option '${option}'`, what, remedy });

  for (const [option, remedy] of Object.entries(DECIDED)) {
    if (option in producer) refuse(`producer.${option}`, 'it is not used', remedy);
  }
  if (send.acks !== undefined && send.acks !== -1) {
    refuse('send.acks', `${send.acks} would lose acknowledged messages`, 'Remove it, or set -1');
  }
  if (send.timeout !== undefined) refuse('send.timeout', 'it is not used', "Give 'producer.deliveryTimeout' instead");
  if (problems.length > 0) throw new ConfigurationError(problems);
}
