import { type LogLevel, StandardSchemaValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { ChannelConfig } from './channel.config.js';
import { ChannelModule } from './channel.module.js';

/** The simulated operator, ready for `listen()`. */
export async function createChannel(config: ChannelConfig, logger?: LogLevel[]): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(ChannelModule.forRoot(config), {
    abortOnError: false,
    bodyParser: false,
    logger,
  });
  app.useBodyParser('json', { limit: '64kb' });
  app.useGlobalPipes(new StandardSchemaValidationPipe());
  app.enableShutdownHooks();
  return app;
}
