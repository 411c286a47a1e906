import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { CommitAfter, Idempotent, OrderedBy, type RecordContext } from 'nestjs-reliable-kafka';
import { statusGuard } from 'nestjs-reliable-kafka/typeorm';
import {
  CREATED,
  DEAD,
  DELIVERED,
  FAILED,
  OperatorClient,
  SENDING,
  SENT,
  SmsRecord,
  type SmsStatus,
  type SmsSubmitted,
  TOPICS,
} from 'sms-contracts';
import { CLAIM_LEASE } from './dispatcher.config.js';
import { SmsRecords } from './sms-records.js';

@Controller()
export class DispatchController {
  constructor(
    private readonly records: SmsRecords,
    private readonly operator: OperatorClient,
  ) {}

  /**
   * One SMS at a time per user, users in parallel. The guard moves the record from CREATED to SENDING before the call, under a claim, and to the status
   * that is returned after it. A call that failed or whose end is unknown throws: the same SMS is tried again before the user's next one,
   * by this process or by whoever takes its claim over, and the operator recognizes it by its idempotency key.
   */
  @EventPattern<string>(TOPICS.submitted)
  @OrderedBy<SmsSubmitted>('userId')
  @Idempotent(
    statusGuard(SmsRecord, {
      id: 'smsId',
      from: CREATED,
      to: SENDING,
      done: [SENT, DELIVERED, FAILED],
      dead: DEAD,
      claim: { owner: 'claimOwner', fence: 'claimFence', until: 'claimUntil' },
      lease: CLAIM_LEASE,
      onUnknown: 'retry',
    }),
  )
  @CommitAfter({ count: 500, ms: 1000 })
  async dispatch(@Payload() sms: SmsSubmitted, @Ctx() { fencingToken }: RecordContext): Promise<SmsStatus> {
    const answer = await this.operator.submit(sms);
    await this.records.note(sms.smsId, Number(fencingToken), answer);
    return answer.accepted ? SENT : FAILED;
  }
}
