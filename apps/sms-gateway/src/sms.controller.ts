import {
  Body,
  Controller,
  HttpCode,
  Post,
  Req,
  ServiceUnavailableException,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { ReliableKafkaProducer } from 'nestjs-reliable-kafka';
import { ApiKeyGuard, type SmsSubmitted, TOPICS } from 'sms-contracts';
import { type KeyedRequest, RequestDeduplication } from './request-deduplication.js';
import { SmsIntake } from './sms-intake.js';
import { SubmitSms } from './submit-sms.js';

@Controller('sms')
@UseGuards(ApiKeyGuard)
@UseInterceptors(RequestDeduplication)
export class SmsController {
  constructor(
    private readonly intake: SmsIntake,
    private readonly producer: ReliableKafkaProducer,
  ) {}

  /** Answers 202 when the SMS is recorded and stored by Kafka: from then on it will be sent, whatever fails. */
  @Post()
  @HttpCode(202)
  async submit(@Req() { apiClient, idempotencyKey }: KeyedRequest, @Body({ schema: SubmitSms }) body: SubmitSms) {
    const sms = await this.intake.take(apiClient, body, idempotencyKey);
    await this.publish(sms);
    return { smsId: sms.smsId, parts: sms.parts.length };
  }

  private async publish(sms: SmsSubmitted): Promise<void> {
    try {
      await this.producer.send(TOPICS.submitted, [{ value: sms, orderedBy: sms.userId, id: sms.smsId }]);
    } catch (error) {
      throw new ServiceUnavailableException(`SMS ${sms.smsId} is recorded, but perhaps not published`, {
        cause: error,
      });
    }
  }
}
