import { Controller, Get, UseGuards } from '@nestjs/common';
import { ApiKeyGuard } from 'sms-contracts';
import { Journal } from './journal.js';

/** For tests and the demo: what the simulated operator saw. */
@Controller('journal')
@UseGuards(ApiKeyGuard)
export class JournalController {
  constructor(private readonly journal: Journal) {}

  @Get()
  everything() {
    return { arrivals: this.journal.arrivals, ...this.summary() };
  }

  @Get('summary')
  summary() {
    const { arrivals, repeated, overlapped } = this.journal;
    return { accepted: arrivals.length, repeated, overlapped };
  }
}
