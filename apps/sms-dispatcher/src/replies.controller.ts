import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { CommitAfter, Idempotent, OrderedBy } from 'nestjs-reliable-kafka';
import { uniqueKey } from 'nestjs-reliable-kafka/typeorm';
import { Blacklist, type SmsReply, TOPICS } from 'sms-contracts';
import { replyIntent } from './reply-intent.js';

@Controller()
export class RepliesController {
  constructor(private readonly blacklist: Blacklist) {}

  /**
   * In order per user: of STOP and START, the later one counts, and a copy of the earlier one that comes after it is recognized. The blacklist is not in
   * the database, so a crash may let a reply be applied again; before the user's next one, which is harmless.
   */
  @EventPattern<string>(TOPICS.replies)
  @OrderedBy<SmsReply>('userId')
  @Idempotent(uniqueKey({ key: 'replyId' }))
  @CommitAfter('record')
  async receive(@Payload() { from, text }: SmsReply): Promise<void> {
    const intent = replyIntent(text);
    if (intent === 'stop') await this.blacklist.add(from);
    if (intent === 'start') await this.blacklist.remove(from);
  }
}
