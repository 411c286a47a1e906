import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ReliableKafkaModule } from 'nestjs-reliable-kafka';
import { typeormIdempotency } from 'nestjs-reliable-kafka/typeorm';
import {
  ApiKeys,
  Blacklist,
  databaseOptions,
  HealthController,
  OperatorClient,
  SmsRecord,
  TOPICS,
} from 'sms-contracts';
import { OPERATOR, SUPPORT } from './callers.js';
import { DispatchController } from './dispatch.controller.js';
import type { DispatcherConfig } from './dispatcher.config.js';
import { ReceiptsController } from './receipts.controller.js';
import { RepliesController } from './replies.controller.js';
import { SmsRecords } from './sms-records.js';
import { StuckSmsController } from './stuck-sms.controller.js';
import { WebhooksController } from './webhooks.controller.js';

@Module({})
export class DispatcherModule {
  static forRoot(config: DispatcherConfig): DynamicModule {
    const partitions = { partitions: config.TOPIC_PARTITIONS };
    return {
      module: DispatcherModule,
      imports: [
        TypeOrmModule.forRoot(databaseOptions(config.DATABASE_URL, config.DATABASE_CONNECTIONS)),
        TypeOrmModule.forFeature([SmsRecord]),
        ReliableKafkaModule.forRoot({
          client: { clientId: 'sms-dispatcher', brokers: config.KAFKA_BROKERS },
          consumer: { groupId: config.KAFKA_GROUP, sessionTimeout: config.KAFKA_SESSION_TIMEOUT_MS },
          concurrency: config.CONCURRENCY,
          idempotency: [typeormIdempotency()],
          topics: { [TOPICS.submitted]: partitions, [TOPICS.receipts]: partitions, [TOPICS.replies]: partitions },
        }),
      ],
      controllers: [
        HealthController,
        DispatchController,
        ReceiptsController,
        RepliesController,
        WebhooksController,
        StuckSmsController,
      ],
      providers: [
        SmsRecords,
        { provide: ApiKeys, useValue: apiKeys(config) },
        { provide: Blacklist, useFactory: () => new Blacklist(config.REDIS_URL) },
        {
          provide: OperatorClient,
          useFactory: () =>
            new OperatorClient({
              url: config.OPERATOR_URL,
              key: config.OPERATOR_KEY,
              connections: config.CONCURRENCY,
              timeout: config.OPERATOR_TIMEOUT_MS,
            }),
        },
      ],
    };
  }
}

function apiKeys({ WEBHOOK_KEY, SUPPORT_KEY }: DispatcherConfig): ApiKeys {
  return new ApiKeys({ [OPERATOR]: WEBHOOK_KEY, ...(SUPPORT_KEY && { [SUPPORT]: SUPPORT_KEY }) });
}
