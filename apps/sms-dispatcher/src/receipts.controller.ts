import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { CommitAfter, Idempotent, OrderedBy } from 'nestjs-reliable-kafka';
import { Tx, uniqueKey } from 'nestjs-reliable-kafka/typeorm';
import { type SmsReceipt, TOPICS } from 'sms-contracts';
import type { EntityManager } from 'typeorm';
import { SmsRecords } from './sms-records.js';

@Controller()
export class ReceiptsController {
  constructor(private readonly records: SmsRecords) {}

  /** The operator posts a receipt again until it gets an answer, so copies have message ids of their own: what a receipt says is its key. */
  @EventPattern<string>(TOPICS.receipts)
  @OrderedBy<SmsReceipt>('userId')
  @Idempotent(uniqueKey({ key: ({ smsId, outcome }: SmsReceipt) => `${smsId}:${outcome}` }))
  @CommitAfter({ count: 500, ms: 1000 })
  async receive(@Payload() { smsId, outcome }: SmsReceipt, @Tx() transaction: EntityManager): Promise<void> {
    if (outcome === 'delivered') await this.records.delivered(transaction, smsId);
    else await this.records.undelivered(transaction, smsId);
  }
}
