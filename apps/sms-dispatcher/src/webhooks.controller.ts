import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ReliableKafkaProducer } from 'nestjs-reliable-kafka';
import {
  ApiKeyGuard,
  OperatorReceipts,
  OperatorReplies,
  RECEIPTS_WEBHOOK,
  REPLIES_WEBHOOK,
  onlyFor,
  type SmsReceipt,
  type SmsReply,
  TOPICS,
} from 'sms-contracts';
import type { z } from 'zod';
import { OPERATOR } from './callers.js';

/** Where the operator calls back. It posts again until it gets a 2xx, and gets one only after Kafka has stored all of it. */
@Controller()
@UseGuards(ApiKeyGuard, onlyFor(OPERATOR))
export class WebhooksController {
  constructor(private readonly producer: ReliableKafkaProducer) {}

  @Post(RECEIPTS_WEBHOOK)
  @HttpCode(204)
  async receipts(@Body({ schema: OperatorReceipts }) receipts: z.infer<typeof OperatorReceipts>): Promise<void> {
    await this.publish<SmsReceipt>(
      TOPICS.receipts,
      receipts.map(({ key, reference, outcome }) => ({ smsId: key, userId: reference, outcome })),
    );
  }

  @Post(REPLIES_WEBHOOK)
  @HttpCode(204)
  async replies(@Body({ schema: OperatorReplies }) replies: z.infer<typeof OperatorReplies>): Promise<void> {
    await this.publish<SmsReply>(
      TOPICS.replies,
      replies.map(({ id, from, reference, text }) => ({ replyId: id, userId: reference, from, text })),
    );
  }

  private async publish<T extends { userId: string }>(topic: string, events: T[]): Promise<void> {
    await this.producer.send(
      topic,
      events.map((value) => ({ value, orderedBy: value.userId })),
    );
  }
}
