import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ReliableKafkaModule } from 'nestjs-reliable-kafka';
import { ApiKeys, Blacklist, databaseOptions, HealthController, OperatorClient, SmsRecord } from 'sms-contracts';
import { GATEWAY_CONFIG, type GatewayConfig } from './gateway.config.js';
import { RequestClaims } from './request-claims.js';
import { SmsIntake } from './sms-intake.js';
import { SmsController } from './sms.controller.js';
import { SynchronousController } from './synchronous.controller.js';
import { Templates } from './templates.js';

@Module({})
export class GatewayModule {
  static forRoot(config: GatewayConfig): DynamicModule {
    const { OPERATOR_URL: url, OPERATOR_KEY: key, TEMPLATES_FILE: templates } = config;
    const operator = url ? new OperatorClient({ url, key, connections: 64, timeout: 10_000 }) : undefined;
    return {
      module: GatewayModule,
      imports: [
        TypeOrmModule.forRoot(databaseOptions(config.DATABASE_URL, config.DATABASE_CONNECTIONS)),
        TypeOrmModule.forFeature([SmsRecord]),
        ReliableKafkaModule.forRoot({ client: { clientId: 'sms-gateway', brokers: config.KAFKA_BROKERS } }),
      ],
      controllers: [HealthController, SmsController, ...(operator ? [SynchronousController] : [])],
      providers: [
        SmsIntake,
        RequestClaims,
        { provide: GATEWAY_CONFIG, useValue: config },
        { provide: ApiKeys, useValue: new ApiKeys(config.API_KEYS) },
        { provide: Blacklist, useFactory: () => new Blacklist(config.REDIS_URL) },
        { provide: Templates, useFactory: () => (templates ? Templates.fromFile(templates) : new Templates()) },
        ...(operator ? [{ provide: OperatorClient, useValue: operator }] : []),
      ],
    };
  }
}
