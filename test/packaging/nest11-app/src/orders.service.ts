import { Injectable } from '@nestjs/common';
import { Subject } from 'rxjs';
import type { Order } from './order';

@Injectable()
export class OrdersService {
  readonly recorded$ = new Subject<Order>();

  async record(order: Order): Promise<void> {
    this.recorded$.next(order);
  }
}
