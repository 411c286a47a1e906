import { NestFactory } from '@nestjs/core';
import { ReliableKafkaServer } from 'nestjs-reliable-kafka';
import { AppModule } from './app.module';

async function bootstrap() {
  const app = await NestFactory.create(AppModule);
  app.connectMicroservice({ strategy: app.get(ReliableKafkaServer) });
  app.enableShutdownHooks();
  await app.startAllMicroservices();
  await app.listen(process.env.PORT ?? 3000);
}
void bootstrap();
