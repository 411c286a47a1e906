import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { CommitAfter, OrderedBy, RecordContext } from 'nestjs-reliable-kafka';
import type { Order } from './order';
import { OrdersService } from './orders.service';

@Controller()
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @EventPattern<string>('orders')
  @OrderedBy<Order>('customerId')
  @CommitAfter('record')
  async handle(@Payload() order: Order, @Ctx() context: RecordContext): Promise<void> {
    if (context.getTopic() === 'orders') await this.orders.record(order);
  }
}
