import type { KafkaContext } from '@nestjs/microservices';

/** kafkajs's types as Nest declares them: a context has to give exactly these. */
export type KafkaMessage = ReturnType<KafkaContext['getMessage']>;
export type KafkaConsumer = ReturnType<KafkaContext['getConsumer']>;
export type KafkaProducer = ReturnType<KafkaContext['getProducer']>;
