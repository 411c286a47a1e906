import { type LogLevel, StandardSchemaValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ReliableKafkaServer } from 'nestjs-reliable-kafka';
import type { DispatcherConfig } from './dispatcher.config.js';
import { DispatcherModule } from './dispatcher.module.js';

/** The dispatcher, connected to Kafka and ready for `listen()`, which starts its consumption. */
export async function createDispatcher(config: DispatcherConfig, logger?: LogLevel[]): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(DispatcherModule.forRoot(config), {
    abortOnError: false,
    bodyParser: false,
    logger,
  });
  app.useBodyParser('json', { limit: '1mb' });
  app.useGlobalPipes(new StandardSchemaValidationPipe());
  app.connectMicroservice({ strategy: app.get(ReliableKafkaServer) });
  app.enableShutdownHooks();
  await app.startAllMicroservices();
  return app;
}
