import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { CommitAfter, OrderedBy } from 'nestjs-reliable-kafka';
import { type SmsReceipt, TOPICS } from 'sms-contracts';
import { SmsRecords } from './sms-records.js';

@Controller()
export class ReceiptsController {
  constructor(private readonly records: SmsRecords) {}

  @EventPattern<string>(TOPICS.receipts)
  @OrderedBy<SmsReceipt>('userId')
  @CommitAfter({ count: 500, ms: 1000 })
  async receive(@Payload() { smsId, outcome }: SmsReceipt): Promise<void> {
    if (outcome === 'delivered') await this.records.delivered(smsId);
    else await this.records.failed(smsId, 'undelivered');
  }
}
