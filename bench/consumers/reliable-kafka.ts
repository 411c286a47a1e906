import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, type MicroserviceOptions, Payload } from '@nestjs/microservices';
import { logLevel } from 'kafkajs';
import { OrderedBy, type RecordContext, ReliableKafkaModule, ReliableKafkaServer } from 'nestjs-reliable-kafka';
import { type Measured, Meter, sleep, type Task } from '../measure.js';

/** This library: a decorated handler, ordered by user, with tracking and commits on. */
export async function reliableKafka(
  { brokers, topic, records, work, inFlight }: Task,
  groupId: string,
): Promise<Measured> {
  const meter = new Meter(records);

  @Controller()
  class Handlers {
    @EventPattern<string>(topic)
    @OrderedBy<{ userId: string }>('userId')
    async handle(@Payload() _value: { userId: string }, @Ctx() _context: RecordContext): Promise<void> {
      meter.begin();
      if (work > 0) await sleep(work);
      meter.end();
    }
  }
  @Module({
    imports: [
      ReliableKafkaModule.forRoot({
        client: { brokers, logLevel: logLevel.NOTHING },
        consumer: { groupId },
        concurrency: inFlight,
      }),
    ],
    controllers: [Handlers],
  })
  class App {}

  const app = await NestFactory.createMicroservice<MicroserviceOptions>(App, {
    logger: ['error', 'fatal'] as const,
    inject: [ReliableKafkaServer],
    useFactory: (strategy: ReliableKafkaServer) => ({ strategy }),
  } as never);
  await app.listen();
  const measured = await meter.done;
  await app.close();
  return measured;
}
