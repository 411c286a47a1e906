import { Module } from '@nestjs/common';
import { ReliableKafkaModule } from 'nestjs-reliable-kafka';
import { OrdersController } from './orders.controller';
import { OrdersService } from './orders.service';

@Module({
  imports: [
    ReliableKafkaModule.forRoot({ client: { brokers: ['localhost:9092'] }, consumer: { groupId: 'orders-server' } }),
  ],
  controllers: [OrdersController],
  providers: [OrdersService],
})
export class AppModule {}
