import { Body, Controller, Post, Req, UseGuards } from '@nestjs/common';
import { ApiKeyGuard, type AuthenticatedRequest, OperatorClient } from 'sms-contracts';
import { SmsIntake } from './sms-intake.js';
import { SubmitSms } from './submit-sms.js';

/** The same work without a queue: the client waits for the operator, too. Only for measuring what the queue saves. */
@Controller('sms/synchronous')
@UseGuards(ApiKeyGuard)
export class SynchronousController {
  constructor(
    private readonly intake: SmsIntake,
    private readonly operator: OperatorClient,
  ) {}

  @Post()
  async submit(@Req() request: AuthenticatedRequest, @Body({ schema: SubmitSms }) body: SubmitSms) {
    const sms = await this.intake.take(request.apiClient, body);
    const answer = await this.operator.submit(sms);
    await this.intake.sent(sms.smsId, answer);
    return { smsId: sms.smsId, ...answer };
  }
}
