import { Inject, Module } from '@nestjs/common';
import type {
  BeforeApplicationShutdown,
  DynamicModule,
  OnApplicationBootstrap,
  OnApplicationShutdown,
  OnModuleInit,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { OutboxLink } from '../../contracts/index.js';
import { outboxLinkToken } from '../../contracts/index.js';
import type { OutboxOptions } from './options.js';
import { settled } from './options.js';
import { Outbox } from './outbox.js';

/**
 * Provides `Outbox`, to every module. It publishes over the connection of a `ReliableKafkaModule`, from the application's bootstrap on, and stops
 * in `beforeApplicationShutdown`: after the consumer has drained, and before the DataSource is closed.
 */
@Module({})
export class OutboxModule
  implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  constructor(
    @Inject(Outbox) private readonly outbox: Outbox,
    @Inject(ModuleRef) private readonly moduleRef: ModuleRef,
  ) {}

  static forRoot(options: OutboxOptions = {}): DynamicModule {
    return {
      module: OutboxModule,
      global: true,
      providers: [
        {
          provide: Outbox,
          inject: [outboxLinkToken(options.kafka)],
          useFactory: (link: OutboxLink) => new Outbox(settled(options), link),
        },
      ],
      exports: [Outbox],
    };
  }

  onModuleInit(): Promise<void> {
    return this.outbox.open({ resolve: (token) => this.moduleRef.get(token as never, { strict: false }) });
  }

  onApplicationBootstrap(): void {
    this.outbox.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.outbox.stop();
  }

  onApplicationShutdown(): Promise<void> {
    return this.outbox.close();
  }
}
