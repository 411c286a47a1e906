export { ReliableKafkaProducer } from './reliable-kafka-producer.js';
export { ReliableKafkaClient } from './reliable-kafka-client.js';
export type { KeySelector, ReliableKafkaClientOptions } from './client-options.js';
export { AcknowledgedProducer } from './acknowledged-producer.js';
export { messageSerializer } from './message-serializer.js';
