import { type DynamicModule, Module } from '@nestjs/common';
import { ApiKeys, HealthController } from 'sms-contracts';
import { Callbacks } from './callbacks.js';
import { CHANNEL_CONFIG, type ChannelConfig } from './channel.config.js';
import { JournalController } from './journal.controller.js';
import { Journal } from './journal.js';
import { MessagesController } from './messages.controller.js';
import { Operator } from './operator.js';

@Module({})
export class ChannelModule {
  static forRoot(config: ChannelConfig): DynamicModule {
    return {
      module: ChannelModule,
      controllers: [HealthController, MessagesController, JournalController],
      providers: [
        Operator,
        Journal,
        Callbacks,
        { provide: CHANNEL_CONFIG, useValue: config },
        { provide: ApiKeys, useValue: new ApiKeys({ customer: config.API_KEY }) },
      ],
    };
  }
}
