import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { CREATED, DELIVERED, FAILED, SENDING, SENT, SmsRecord, type SmsStatus } from 'sms-contracts';
import { In, type Repository, type UpdateResult } from 'typeorm';

type Changes = Parameters<Repository<SmsRecord>['update']>[1];

/** The steps of a record's status, each one conditional UPDATE: what came too late changes nothing. */
@Injectable()
export class SmsRecords {
  constructor(@InjectRepository(SmsRecord) private readonly records: Repository<SmsRecord>) {}

  /**
   * True: the SMS is ours to send, for the first time or once more after an attempt whose end is unknown.
   * False: the operator has answered before.
   * @throws Error when there is no such record
   */
  async startSending(id: string): Promise<boolean> {
    if (await this.move(id, [CREATED, SENDING], { status: SENDING, attempts: () => 'attempts + 1' })) return true;
    if (await this.records.existsBy({ id })) return false;
    throw new Error(`SMS ${id} was published, but has no record`);
  }

  /** The receipt may have been quicker: a record that is DELIVERED by now stays so. */
  async sent(id: string, operatorId: string): Promise<void> {
    await this.move(id, [SENDING], { status: SENT, operatorId });
  }

  async delivered(id: string): Promise<void> {
    await this.move(id, [SENDING, SENT], { status: DELIVERED });
  }

  async failed(id: string, failure: string): Promise<void> {
    await this.move(id, [SENDING, SENT], { status: FAILED, failure });
  }

  private async move(id: string, from: SmsStatus[], changes: Changes): Promise<boolean> {
    const { affected }: UpdateResult = await this.records.update({ id, status: In(from) }, changes);
    return affected === 1;
  }
}
