import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { RELIABLE_KAFKA_OPTIONS, ReliableKafkaProducer, ReliableKafkaServer } from 'nestjs-reliable-kafka';
import { EmbeddedKafka } from 'nestjs-reliable-kafka/testing';
import { firstValueFrom, take, toArray } from 'rxjs';
import { AppModule } from './app.module.js';
import { OrdersService } from './orders.service.js';

describe('orders', () => {
  let kafka: EmbeddedKafka;
  let app: INestApplication;

  beforeAll(async () => {
    kafka = await EmbeddedKafka.start({ topics: { orders: 3 } });
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideProvider(RELIABLE_KAFKA_OPTIONS)
      .useValue({ client: { brokers: kafka.brokers }, consumer: { groupId: 'orders' } })
      .compile();
    app = module.createNestApplication();
    app.connectMicroservice({ strategy: app.get(ReliableKafkaServer) });
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
  });

  afterAll(async () => {
    await app?.close();
    await kafka?.stop();
  });

  it('are handled once each, and per customer in the order in which they were sent', async () => {
    const orders = ['ordered', 'paid', 'shipped'].flatMap((step) =>
      ['Ada', 'Bob'].map((customerId) => ({ customerId, step })),
    );
    const recorded = firstValueFrom(app.get(OrdersService).recorded$.pipe(take(orders.length), toArray()));

    const messages = orders.map((order) => ({ orderedBy: order.customerId, value: order }));
    const reports = await app.get(ReliableKafkaProducer).send('orders', messages);
    expect(reports.map(({ topic }) => topic)).toEqual(orders.map(() => 'orders'));

    const seen = await recorded;
    const stepsOf = (customer: string) =>
      seen.filter(({ customerId }) => customerId === customer).map(({ step }) => step);
    expect(stepsOf('Ada')).toEqual(['ordered', 'paid', 'shipped']);
    expect(stepsOf('Bob')).toEqual(['ordered', 'paid', 'shipped']);
  });
});
