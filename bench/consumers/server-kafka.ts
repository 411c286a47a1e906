import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Ctx,
  EventPattern,
  type KafkaContext,
  type MicroserviceOptions,
  Payload,
  Transport,
} from '@nestjs/microservices';
import { logLevel } from 'kafkajs';
import { type Measured, Meter, sleep, type Task } from '../measure.js';
import { PARTITIONS } from '../workload.js';

/** Nest's own strategy, with as many partitions at once as there are: the most that it can do side by side. */
export async function serverKafka({ brokers, topic, records, work }: Task, groupId: string): Promise<Measured> {
  const meter = new Meter(records);

  @Controller()
  class Handlers {
    @EventPattern<string>(topic)
    async handle(@Payload() _value: { userId: string }, @Ctx() _context: KafkaContext): Promise<void> {
      meter.begin();
      if (work > 0) await sleep(work);
      meter.end();
    }
  }
  @Module({ controllers: [Handlers] })
  class App {}

  const app = await NestFactory.createMicroservice<MicroserviceOptions>(App, {
    logger: false,
    transport: Transport.KAFKA,
    options: {
      client: { brokers, logLevel: logLevel.NOTHING },
      consumer: { groupId },
      subscribe: { fromBeginning: true },
      run: { partitionsConsumedConcurrently: PARTITIONS },
    },
  });
  await app.listen();
  const measured = await meter.done;
  await app.close();
  return measured;
}
