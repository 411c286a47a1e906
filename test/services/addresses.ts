import { readFileSync } from 'node:fs';
import { config } from './config.js';
import { certificateFile } from './folders.js';

const { host, kafka, redis, mariadb, postgres } = config;

/** Where the real services are and how to get in. Says nothing about whether they run: `services.up()` does. */
export function realServices() {
  return {
    kafka: {
      /** PLAINTEXT, `host:port`, in the order of the broker ids. */
      brokers: kafka.nodes.map(({ port }) => `${host}:${port}`),
      /** SASL_SSL, as kafkajs takes it; read when asked for, because the certificate is made by the first start. */
      get secure() {
        return {
          brokers: kafka.nodes.map(({ securePort }) => `${host}:${securePort}`),
          ssl: { ca: [certificate()] },
          sasl: { ...kafka.sasl },
        };
      },
    },
    redis: { host, ...redis, url: `redis://:${redis.password}@${host}:${redis.port}` },
    mariadb: {
      host,
      ...mariadb,
      url: `mysql://${mariadb.user}:${mariadb.password}@${host}:${mariadb.port}/${mariadb.database}`,
    },
    postgres: {
      host,
      ...postgres,
      url: `postgres://${postgres.user}:${postgres.password}@${host}:${postgres.port}/${postgres.database}`,
    },
  };
}

export type RealServices = ReturnType<typeof realServices>;

function certificate(): string {
  try {
    return readFileSync(certificateFile, 'utf8');
  } catch (error) {
    throw new Error(`no certificate at ${certificateFile}: start Kafka with npm run services -- up kafka`, {
      cause: error,
    });
  }
}
