import { createRedisMock } from 'js-redis-server';
import { EmbeddedKafka } from 'nestjs-reliable-kafka/testing';
import { startEmbeddedPostgres } from './embedded-postgres.js';
import type { Services } from './services.js';

/** Kafka and Redis in this process, and PostgreSQL beside it. All is gone after `stop()`. */
export async function embeddedServices(): Promise<Services> {
  const [kafka, redis, postgres] = await Promise.all([
    EmbeddedKafka.start(),
    createRedisMock(),
    startEmbeddedPostgres(),
  ]);
  return {
    kind: 'embedded Kafka (in memory), embedded Redis (in memory) and embedded PostgreSQL',
    brokers: kafka.brokers,
    postgresUrl: postgres.url,
    redisUrl: redis.url,
    namespace: '',
    async stop() {
      await Promise.all([kafka.stop(), redis.close(), postgres.stop()]);
    },
  };
}
