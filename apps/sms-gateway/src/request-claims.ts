import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ConfigurationError, type LeaseStore } from 'nestjs-reliable-kafka';
import { redisIdempotency } from 'nestjs-reliable-kafka/redis';
import { NAMESPACE } from 'sms-contracts';
import { GATEWAY_CONFIG, type GatewayConfig } from './gateway.config.js';

/** Who works on which request, in Redis: the store behind `setNx()`, used here without Kafka. */
@Injectable()
export class RequestClaims implements OnModuleInit, OnApplicationShutdown {
  readonly store: LeaseStore;

  constructor(@Inject(GATEWAY_CONFIG) { REDIS_URL: url }: GatewayConfig) {
    this.store = redisIdempotency({ url, prefix: `${NAMESPACE}sms:requests:` });
  }

  async onModuleInit(): Promise<void> {
    const log = new Logger(RequestClaims.name);
    const problems = await this.store.open({ log, resolve: () => undefined });
    if (problems.length > 0) throw new ConfigurationError(problems);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.store.close();
  }
}
