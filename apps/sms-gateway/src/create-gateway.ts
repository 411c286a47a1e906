import { type LogLevel, StandardSchemaValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { GatewayConfig } from './gateway.config.js';
import { GatewayModule } from './gateway.module.js';

/** The gateway, ready for `listen()`. */
export async function createGateway(config: GatewayConfig, logger?: LogLevel[]): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(GatewayModule.forRoot(config), {
    abortOnError: false,
    bodyParser: false,
    logger,
  });
  app.useBodyParser('json', { limit: '32kb' });
  app.useGlobalPipes(new StandardSchemaValidationPipe());
  app.enableShutdownHooks();
  return app;
}
