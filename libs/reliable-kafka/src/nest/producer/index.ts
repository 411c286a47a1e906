export * from './reliable-kafka-producer.js';
