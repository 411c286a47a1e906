import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { DELIVERED, FAILED, type OperatorAnswer, SENDING, SENT, SmsRecord, type SmsStatus } from 'sms-contracts';
import { type EntityManager, In, type Repository } from 'typeorm';

/** What is noted of an SMS beside its status, and the steps of its status that receipts make. */
@Injectable()
export class SmsRecords {
  constructor(@InjectRepository(SmsRecord) private readonly records: Repository<SmsRecord>) {}

  /** Changes nothing when another process has taken the SMS over. */
  async note(id: string, claimFence: number, answer: OperatorAnswer): Promise<void> {
    const noted = answer.accepted ? { operatorId: answer.operatorId } : { failure: answer.reason };
    await this.records.update({ id, claimFence }, noted);
  }

  /** A receipt may be quicker than the note that the SMS was sent. */
  async delivered(transaction: EntityManager, id: string): Promise<void> {
    await transaction.update(SmsRecord, onItsWay(id), { status: DELIVERED });
  }

  async undelivered(transaction: EntityManager, id: string): Promise<void> {
    await transaction.update(SmsRecord, onItsWay(id), { status: FAILED, failure: 'undelivered' });
  }
}

function onItsWay(id: string) {
  return { id, status: In<SmsStatus>([SENDING, SENT]) };
}
