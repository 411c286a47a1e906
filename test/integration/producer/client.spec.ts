import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, type INestApplicationContext, type INestMicroservice, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ClientsModule,
  EventPattern,
  type KafkaContext,
  Ctx,
  MessagePattern,
  Payload,
  Transport,
} from '@nestjs/microservices';
import { logLevel } from 'kafkajs';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import {
  ReliableKafkaClient,
  type ReliableKafkaClientOptions,
} from '../../../libs/reliable-kafka/src/nest/producer/index.js';
import { EmbeddedKafka } from '../../../libs/reliable-kafka/src/testing/index.js';
import { stored } from '../../support/sendings.js';

/** What Nest's own server receives. */
@Controller()
class Received {
  static events: { data: unknown; key: unknown; headers: Record<string, unknown> }[] = [];
  static told: () => void = () => {};

  @EventPattern<string>('orders')
  order(@Payload() data: unknown, @Ctx() context: KafkaContext): void {
    const { key, headers } = context.getMessage();
    Received.events.push({ data, key, headers: headers as Record<string, unknown> });
    Received.told();
  }

  @MessagePattern<string>('sums')
  sum(@Payload() numbers: number[]): { sum: number } {
    return { sum: numbers.reduce((sum, number) => sum + number, 0) };
  }
}

describe('ReliableKafkaClient', () => {
  let kafka: EmbeddedKafka;
  const closing: { close(): Promise<unknown> }[] = [];
  let logged: Promise<string>;

  beforeEach(async () => {
    Received.events = [];
    logged = new Promise((resolve) => {
      const silent = () => undefined;
      Logger.overrideLogger({ log: silent, warn: silent, error: (line: unknown) => resolve(String(line)) });
    });
    kafka = await EmbeddedKafka.start({ topics: { orders: 4, sums: 1, 'sums.reply': 1 } });
  });

  afterEach(async () => {
    kafka.faults.clear();
    for (const one of closing.splice(0).toReversed()) await one.close();
    await kafka.stop();
    Logger.overrideLogger(new Logger());
  });

  const client = () => ({ brokers: kafka.brokers, logLevel: logLevel.NOTHING, requestTimeout: 300 });

  /** As an application registers it. */
  async function registered(options: Partial<ReliableKafkaClientOptions> = {}): Promise<ReliableKafkaClient> {
    const clients = ClientsModule.register([
      {
        name: 'CLIENT',
        customClass: ReliableKafkaClient,
        options: { client: client(), producerOnlyMode: true, ...options },
      },
    ]);
    const context: INestApplicationContext = await NestFactory.createApplicationContext(clients);
    closing.push(context);
    return context.get<ReliableKafkaClient>('CLIENT');
  }

  async function serve(): Promise<void> {
    class Module {}
    const server: INestMicroservice = await NestFactory.createMicroservice(
      { module: Module, controllers: [Received] },
      {
        transport: Transport.KAFKA,
        options: {
          client: client(),
          consumer: { groupId: 'served', maxWaitTimeInMs: 50 },
          subscribe: { fromBeginning: true },
        },
      },
    );
    closing.push(server);
    await server.listen();
  }

  it('emits acknowledged events with the key that orderedBy finds, and a message-id', async () => {
    const emitting = await registered({ orderedBy: { orders: 'user.id' } });
    const [answer] = await lastValueFrom(emitting.emit('orders', { user: { id: 7 }, text: 'hello' }));
    expect(answer).toMatchObject({ topicName: 'orders', errorCode: 0, baseOffset: '0' });

    const arrived = new Promise<void>((resolve) => (Received.told = resolve));
    await serve();
    await arrived;
    expect(Received.events).toMatchObject([
      { data: { user: { id: 7 }, text: 'hello' }, key: '7', headers: { 'message-id': expect.any(String) } },
    ]);
  });

  it('keeps the key, partition and headers of a message that has them', async () => {
    const emitting = await registered({ orderedBy: { orders: () => 'found' } });
    await lastValueFrom(emitting.emit('orders', { key: 'mine', value: { a: 1 }, headers: { h: 'x' }, partition: 3 }));
    expect((await stored(kafka.brokers, 'orders')).get(3)).toEqual(['{"a":1}']);
  });

  it('puts events of one key in one partition and emits batches', async () => {
    const emitting = await registered({ orderedBy: { orders: (order: { userId: string }) => order.userId } });
    const messages = Array.from({ length: 20 }, (_, i) => ({ userId: 'one', i }));
    await lastValueFrom(emitting.emitBatch('orders', { messages }));
    const filled = [...(await stored(kafka.brokers, 'orders')).values()].filter((ids) => ids.length > 0);
    expect(filled).toEqual([messages.map((message) => JSON.stringify(message))]);
  });

  it('waits for the answer of a request, as ClientKafka does', async () => {
    await serve();
    const asking = await registered({ producerOnlyMode: false, consumer: { groupId: 'asks', maxWaitTimeInMs: 50 } });
    asking.subscribeToResponseOf('sums');
    await asking.connect();
    expect(await firstValueFrom(asking.send('sums', [1, 2, 3]))).toEqual({ sum: 6 });
    expect(() => asking.unwrap()).not.toThrow();
  }, 20_000);

  it('tells status', async () => {
    const emitting = await registered();
    await emitting.connect();
    expect(await firstValueFrom(emitting.status)).toBe('connected');
    await emitting.close();
    expect(await firstValueFrom(emitting.status)).toBe('disconnected');
  });

  it('connects again after it was closed', async () => {
    const emitting = await registered();
    await lastValueFrom(emitting.emit('orders', 'a'));
    await emitting.close();
    await lastValueFrom(emitting.emit('orders', 'b'));
    expect([...(await stored(kafka.brokers, 'orders')).values()].flat().toSorted()).toEqual(['a', 'b']);
  });

  it('brings a failure to the subscriber', async () => {
    kafka.faults.add({ api: 'Produce', action: 'error', code: 'TOPIC_AUTHORIZATION_FAILED' });
    const emitting = await registered();
    await expect(lastValueFrom(emitting.emit('orders', 'a'))).rejects.toThrow(
      /messages to 'orders' were not acknowledged/,
    );
  });

  it('brings a failure to the log, where there may be no subscriber', async () => {
    kafka.faults.add({ api: 'Produce', action: 'error', code: 'TOPIC_AUTHORIZATION_FAILED' });
    (await registered()).emit('orders', 'a');
    expect(await logged).toMatch(/'orders' was not sent: DeliveryError/);
  });

  it.each([
    [{ value: 5, unit: 'kg' }, /looks like a Kafka message.*'unit' would be dropped. Emit \{ value: payload \}/],
    [{ key: 'k' }, /it has no value/],
    [{ userId: null }, /orderedBy\['orders'\] finds \(userId\) is/],
  ])('refuses %j, which would lose something', async (payload, reason) => {
    const emitting = await registered({ orderedBy: { orders: 'userId' } });
    await expect(lastValueFrom(emitting.emit('orders', payload))).rejects.toThrow(reason);
    expect([...(await stored(kafka.brokers, 'orders')).values()].flat()).toEqual([]);
  });

  it('refuses options that the guarantees do not allow, all at once', () => {
    const options = {
      producer: { transactionalId: 'x', createPartitioner: () => () => 0 },
      send: { acks: 1, timeout: 5 },
    };
    expect(() => new ReliableKafkaClient(options as never)).toThrow(
      /4 problems[^]*producer.createPartitioner[^]*producer.transactionalId[^]*send.acks[^]*send.timeout/,
    );
  });
});
