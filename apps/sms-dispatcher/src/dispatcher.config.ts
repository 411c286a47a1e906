import { NAMESPACE, readEnvironment, variables } from 'sms-contracts';
import { z } from 'zod';

/** Milliseconds for which nobody else takes up an SMS whose dispatcher is gone. A call to the operator must have ended before. */
export const CLAIM_LEASE = 15_000;

const environment = {
  PORT: variables.port().default(3001),
  HOST: variables.host(),
  KAFKA_BROKERS: variables.brokers(),
  KAFKA_GROUP: z.string().min(1).default(`${NAMESPACE}sms-dispatcher`).describe('the consumer group'),
  KAFKA_SESSION_TIMEOUT_MS: variables
    .milliseconds('how long Kafka waits for a process that has died before others get its partitions')
    .default(30_000),
  TOPIC_PARTITIONS: variables.count('partitions of the topics that do not exist yet').default(12),
  DATABASE_URL: variables.url(/^postgres(ql)?$/, 'postgres://user:password@localhost:5432/sms'),
  DATABASE_CONNECTIONS: variables.count('connections to PostgreSQL').default(20),
  REDIS_URL: variables.url(/^rediss?$/, 'redis://localhost:6379'),
  CONCURRENCY: variables.count('SMS in flight at once').default(256),
  OPERATOR_URL: variables.url(/^https?$/, 'https://operator.example'),
  OPERATOR_KEY: variables.secret("the operator's API key"),
  OPERATOR_TIMEOUT_MS: variables
    .milliseconds('until a call to the operator counts as unknown', CLAIM_LEASE - 1_000)
    .default(10_000),
  WEBHOOK_KEY: variables.secret('the key that the operator sends to our webhooks'),
  SUPPORT_KEY: variables.secret('the key for the report on stuck SMS; without it nobody may read that').optional(),
};

export type DispatcherConfig = ReturnType<typeof readDispatcherConfig>;

/** @throws EnvironmentError */
export const readDispatcherConfig = (env?: NodeJS.ProcessEnv) => readEnvironment(environment, env);
