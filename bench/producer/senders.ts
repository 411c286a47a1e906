import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { Kafka, type KafkaConfig } from 'kafkajs';
import { ReliableKafkaModule, ReliableKafkaProducer } from 'nestjs-reliable-kafka';
import type { ProducerCase } from './cases.js';
import { keys } from '../workload.js';

export interface Outgoing {
  readonly key: string;
  readonly value: string;
}

/** Sends what it is given; `end` resolves when all of it is acknowledged. */
export interface Sender {
  call(messages: readonly Outgoing[]): Promise<unknown>;
  end(): Promise<void>;
}

export async function senderOf(one: ProducerCase, client: KafkaConfig, topic: string): Promise<Sender> {
  if (one.sender === 'kafkajs') {
    const producer = new Kafka(client).producer();
    await producer.connect();
    const theirs = (message: Outgoing) => ({
      ...message,
      headers: one.ids ? { 'message-id': randomUUID() } : undefined,
    });
    return {
      call: (messages) => producer.send({ topic, acks: -1, messages: messages.map(theirs) }),
      end: async () => undefined,
    };
  }
  const module = ReliableKafkaModule.forRoot({ client, producer: { shards: one.shards } });
  const producer = (await NestFactory.createApplicationContext(module, { logger: ['error'] })).get(
    ReliableKafkaProducer,
  );
  const own = ({ key, value }: Outgoing) => ({ orderedBy: key, value });
  return one.sender === 'send'
    ? { call: (messages) => producer.send(topic, messages.map(own)), end: async () => undefined }
    : { call: ([message]) => producer.enqueue(topic, own(message!)), end: () => producer.flush() };
}

/** JSON values of about 150 bytes, keyed by their user, made beforehand. */
export function messages(records: number): Outgoing[] {
  const next = keys('uniform');
  return Array.from({ length: records }, (_, id) => {
    const userId = next();
    return { key: userId, value: JSON.stringify({ userId, id, to: '+6591234567', text: 'x'.repeat(80) }) };
  });
}
