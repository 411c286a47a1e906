import { Controller, Get, ParseIntPipe, Query, UseGuards } from '@nestjs/common';
import { stuckRows } from 'nestjs-reliable-kafka/typeorm';
import { ApiKeyGuard, CREATED, onlyFor, SENDING, SmsRecord } from 'sms-contracts';
import { DataSource } from 'typeorm';
import { SUPPORT } from './callers.js';

/**
 * SMS for which no record may be coming: recorded by a gateway that died before it published, or claimed long ago by a dispatcher that never came back.
 * A list for people; whether to send these again they know best.
 */
@Controller('stuck')
@UseGuards(ApiKeyGuard, onlyFor(SUPPORT))
export class StuckSmsController {
  constructor(private readonly database: DataSource) {}

  /** `olderThan` in milliseconds: longer than any backlog. The hundred that are overdue the longest. */
  @Get()
  async list(@Query('olderThan', ParseIntPipe) olderThan: number) {
    const stuck = await stuckRows(this.database, SmsRecord, {
      at: [CREATED, SENDING],
      claim: { owner: 'claimOwner', fence: 'claimFence', until: 'claimUntil' },
      olderThan,
      since: 'createdAt',
    });
    return stuck.map(({ id, client, status, createdAt, claimUntil }) => ({
      id,
      client,
      status,
      createdAt,
      claimUntil,
    }));
  }
}
