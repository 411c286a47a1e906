import { BadRequestException, Body, Controller, Headers, HttpCode, Post, Res, UseGuards } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { ApiKeyGuard, IDEMPOTENCY_KEY_HEADER, OPERATOR_MESSAGES_PATH, OperatorMessage } from 'sms-contracts';
import { AnswerLost, Operator } from './operator.js';

@Controller()
@UseGuards(ApiKeyGuard)
export class MessagesController {
  constructor(private readonly operator: Operator) {}

  @Post(OPERATOR_MESSAGES_PATH)
  @HttpCode(202)
  async submit(
    @Headers(IDEMPOTENCY_KEY_HEADER) key: string | undefined,
    @Body({ schema: OperatorMessage }) message: OperatorMessage,
    @Res({ passthrough: true }) response: ServerResponse,
  ) {
    if (!key) throw new BadRequestException(`The header ${IDEMPOTENCY_KEY_HEADER} is missing`);
    try {
      return await this.operator.submit(key, message);
    } catch (error) {
      if (error instanceof AnswerLost) response.destroy();
      throw error;
    }
  }
}
