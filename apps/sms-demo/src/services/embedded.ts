import { EmbeddedKafka } from 'nestjs-reliable-kafka/testing';
import { startEmbeddedPostgres } from './embedded-postgres.js';
import { startEmbeddedRedis } from './embedded-redis.js';
import type { Services } from './services.js';

/** Kafka and Redis in this process, and PostgreSQL beside it. All is gone after `stop()`. */
export async function embeddedServices(): Promise<Services> {
  const [kafka, redis, postgres] = await Promise.all([
    EmbeddedKafka.start(),
    startEmbeddedRedis(),
    startEmbeddedPostgres(),
  ]);
  return {
    kind: 'embedded Kafka (in memory), embedded Redis (in memory) and embedded PostgreSQL',
    brokers: kafka.brokers,
    postgresUrl: postgres.url,
    redisUrl: redis.url,
    namespace: '',
    async stop() {
      await Promise.all([kafka.stop(), redis.stop(), postgres.stop()]);
    },
  };
}
