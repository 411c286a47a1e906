export * from './record-context.js';
export * from './record-producer.js';
export type { KafkaMessage, KafkaProducer } from './kafka-types.js';
