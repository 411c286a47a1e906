import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import { realServices, services } from '../services/index.js';

const { kafka } = realServices();
const client = (config: KafkaConfig) => new Kafka({ logLevel: logLevel.NOTHING, ...config });

async function connectsWith(config: KafkaConfig): Promise<boolean> {
  const admin = client({ ...config, retry: { retries: 0 } }).admin();
  try {
    await admin.connect();
    return true;
  } catch {
    return false;
  } finally {
    await admin.disconnect();
  }
}

async function send(topic: string, value: string): Promise<void> {
  const producer = client({ brokers: kafka.brokers, retry: { retries: 20 } }).producer();
  await producer.connect();
  await producer.send({ topic, acks: -1, messages: [{ value }] });
  await producer.disconnect();
}

async function read(topic: string, count: number): Promise<string[]> {
  const consumer = client({ brokers: kafka.brokers, retry: { retries: 20 } }).consumer({ groupId: randomUUID() });
  const values: string[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((done) => {
    void consumer.run({
      eachMessage: async ({ message }) => {
        values.push(`${message.value}`);
        if (values.length === count) done();
      },
    });
  });
  await consumer.disconnect();
  return values;
}

describe('the real services', () => {
  it('are all up', async () => {
    expect((await services.status()).filter(({ up }) => !up)).toEqual([]);
  });

  it('start again at once, because they run', async () => {
    expect((await services.up()).every(({ up }) => up)).toBe(true);
  });
});

describe('the SASL_SSL listeners', () => {
  it('let in who trusts the certificate and knows the password', async () => {
    expect(await connectsWith(kafka.secure)).toBe(true);
  });

  it('keep out a wrong password', async () => {
    const sasl = { ...kafka.secure.sasl, password: 'wrong' };
    expect(await connectsWith({ ...kafka.secure, sasl })).toBe(false);
  });

  it('are not trusted without their certificate', async () => {
    expect(await connectsWith({ ...kafka.secure, ssl: true })).toBe(false);
  });

  it('do not answer in plain text', async () => {
    expect(await connectsWith({ brokers: kafka.secure.brokers, sasl: kafka.secure.sasl, requestTimeout: 2_000 })).toBe(
      false,
    );
  });
});

describe('a broker', () => {
  it('can be killed: acknowledged records stay, the others take writes, and it comes back', async () => {
    const topic = `broker-killed-${randomUUID()}`;
    await send(topic, 'before');

    await services.killBroker(2);
    expect((await services.status(['kafka']))[0]).toMatchObject({
      up: false,
      why: expect.stringContaining('kafka-2 is not started'),
    });
    await send(topic, 'while one is dead');

    await services.startBroker(2);
    expect((await services.status(['kafka']))[0]).toEqual({ name: 'kafka', up: true, why: '' });
    await send(topic, 'after');
    expect(await read(topic, 3)).toEqual(['before', 'while one is dead', 'after']);
  }, 120_000);
});
