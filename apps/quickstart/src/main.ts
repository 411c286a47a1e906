import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type AsyncMicroserviceOptions, EventPattern, Payload } from '@nestjs/microservices';
import { OrderedBy, ReliableKafkaModule, ReliableKafkaProducer, ReliableKafkaServer } from 'nestjs-reliable-kafka';
import { EmbeddedKafka } from 'nestjs-reliable-kafka/testing';

type Order = { customer: string; step: string };

@Controller()
class OrdersController {
  @EventPattern<string>('orders')
  @OrderedBy<Order>('customer') // a customer's orders one at a time and in order, customers side by side
  async handle(@Payload() { customer, step }: Order) {
    console.log(`${customer}: ${step}`);
  }
}

const { brokers } = await EmbeddedKafka.start({ topics: { orders: 3 } }); // in memory; a real broker in real life

@Module({
  imports: [ReliableKafkaModule.forRoot({ client: { brokers }, consumer: { groupId: 'quickstart' } })],
  controllers: [OrdersController],
})
class AppModule {}

const app = await NestFactory.createMicroservice<AsyncMicroserviceOptions>(AppModule, {
  inject: [ReliableKafkaServer],
  useFactory: (strategy: ReliableKafkaServer) => ({ strategy }),
});
app.enableShutdownHooks(); // Ctrl+C drains, commits and leaves
await app.listen();

await app.get(ReliableKafkaProducer).send('orders', [
  { orderedBy: 'Ada', value: { customer: 'Ada', step: 'ordered' } },
  { orderedBy: 'Bob', value: { customer: 'Bob', step: 'ordered' } },
  { orderedBy: 'Ada', value: { customer: 'Ada', step: 'paid' } },
]);
