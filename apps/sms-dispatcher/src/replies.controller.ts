import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { CommitAfter, OrderedBy } from 'nestjs-reliable-kafka';
import { Blacklist, type SmsReply, TOPICS } from 'sms-contracts';
import { replyIntent } from './reply-intent.js';

@Controller()
export class RepliesController {
  constructor(private readonly blacklist: Blacklist) {}

  /** In order per user: of STOP and START, the later one counts. */
  @EventPattern<string>(TOPICS.replies)
  @OrderedBy<SmsReply>('userId')
  @CommitAfter('record')
  async receive(@Payload() { from, text }: SmsReply): Promise<void> {
    const intent = replyIntent(text);
    if (intent === 'stop') await this.blacklist.add(from);
    if (intent === 'start') await this.blacklist.remove(from);
  }
}
