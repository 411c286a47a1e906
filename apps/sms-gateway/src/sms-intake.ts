import { Inject, Injectable, ServiceUnavailableException } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { setTimeout as delay } from 'node:timers/promises';
import { Blacklist, CREATED, FAILED, type OperatorAnswer, SENT, SmsRecord, type SmsSubmitted } from 'sms-contracts';
import type { Repository } from 'typeorm';
import { v5, v7 } from 'uuid';
import { GATEWAY_CONFIG, type GatewayConfig } from './gateway.config.js';
import { toE164 } from './phone-number.js';
import { segment } from './segmentation.js';
import { SmsRefused } from './sms-refused.js';
import type { SubmitSms } from './submit-sms.js';
import { Templates } from './templates.js';

/** The namespace of ids that follow from a client's key. */
const SMS_IDS = '0f5b8c52-6a8e-5d5c-9c0e-3f2a7f1f7f11';

/** Everything before the queue: check, assemble, record. */
@Injectable()
export class SmsIntake {
  constructor(
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    private readonly templates: Templates,
    private readonly blacklist: Blacklist,
    @InjectRepository(SmsRecord) private readonly records: Repository<SmsRecord>,
  ) {}

  /**
   * Records the SMS with status CREATED, ready to be published. With a key of the client's, the SMS's id follows from it: taken once more, it is the
   * same SMS, recorded once.
   * @throws SmsRefused when it must not or cannot be sent; nothing is recorded then
   */
  async take(client: string, request: SubmitSms, key?: string): Promise<SmsSubmitted> {
    const to = toE164(request.to, this.config.COUNTRY);
    const text = this.assemble(request);
    const { parts } = segment(text);
    if (parts.length > this.config.MAX_PARTS) {
      throw new SmsRefused('too_long', `The text takes ${parts.length} messages; ${this.config.MAX_PARTS} are allowed`);
    }
    if (await orUnavailable('the blacklist', this.blacklist.has(to))) {
      throw new SmsRefused('blacklisted', `${to} has asked to get no more messages`);
    }
    if (this.config.PREPROCESSING_MS > 0) await delay(this.config.PREPROCESSING_MS);
    const { userId } = request;
    const smsId = key === undefined ? v7() : v5(`${client}/${key}`, SMS_IDS);
    const record = { id: smsId, client, userId, to, text, parts: parts.length };
    await orUnavailable('the database', this.records.createQueryBuilder().insert().values(record).orIgnore().execute());
    return { smsId, userId, to, parts };
  }

  /** What the operator answered, where there is no queue between. */
  async sent(smsId: string, answer: OperatorAnswer): Promise<void> {
    const noted: Partial<SmsRecord> = answer.accepted
      ? { status: SENT, operatorId: answer.operatorId }
      : { status: FAILED, failure: answer.reason };
    await orUnavailable('the database', this.records.update({ id: smsId, status: CREATED }, noted));
  }

  private assemble(request: SubmitSms): string {
    const text = 'text' in request ? request.text : this.templates.render(request.template, request.variables);
    if (text.trim() === '') throw new SmsRefused('blank_text', 'The text is blank');
    return text + this.config.SIGNATURE;
  }
}

async function orUnavailable<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new ServiceUnavailableException(`Cannot reach ${what}; nothing was sent, try again`, { cause: error });
  }
}
