import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { CommitAfter, OrderedBy } from 'nestjs-reliable-kafka';
import { OperatorClient, type SmsSubmitted, TOPICS } from 'sms-contracts';
import { SmsRecords } from './sms-records.js';

@Controller()
export class DispatchController {
  constructor(
    private readonly records: SmsRecords,
    private readonly operator: OperatorClient,
  ) {}

  /**
   * One SMS at a time per user, users in parallel. A call that failed or whose end is unknown throws: the same record is
   * tried again before the user's next one, and the operator recognizes it by its idempotency key.
   */
  @EventPattern<string>(TOPICS.submitted)
  @OrderedBy<SmsSubmitted>('userId')
  @CommitAfter({ count: 500, ms: 1000 })
  async dispatch(@Payload() sms: SmsSubmitted): Promise<void> {
    if (!(await this.records.startSending(sms.smsId))) return;
    const answer = await this.operator.submit(sms);
    if (answer.accepted) await this.records.sent(sms.smsId, answer.operatorId);
    else await this.records.failed(sms.smsId, answer.reason);
  }
}
