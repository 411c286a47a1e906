import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { Services } from './services.js';

/** Of `test/services`, which is run as TypeScript: it belongs to the tests and is not compiled. */
interface ServicesTool {
  realServices(): { kafka: { brokers: string[] }; postgres: { url: string }; redis: { url: string } };
  services: { status(names: string[]): Promise<{ name: string; up: boolean; why?: string }[]> };
}

/** What `npm run services -- up` has started. A database and topics of this run's own, deleted by `stop()`. */
export async function realServicesOfThisRun(): Promise<Services> {
  const { tsImport } = await import('tsx/esm/api');
  const tool: ServicesTool = await tsImport('../../../../test/services/index.ts', import.meta.url);
  const down = (await tool.services.status(['kafka', 'postgres', 'redis'])).filter(({ up }) => !up);
  if (down.length > 0) {
    const list = down.map(({ name, why }) => `  - ${name}: ${why ?? 'down'}`).join('\n');
    throw new Error(`--real needs services that are not up:\n${list}\nStart them with: npm run services -- up`);
  }
  const { kafka, postgres, redis } = tool.realServices();
  const run = randomUUID().slice(0, 8);
  const namespace = `demo-${run}.`;
  const database = `sms_demo_${run}`;
  await query(postgres.url, `CREATE DATABASE ${database}`);
  const url = new URL(postgres.url);
  url.pathname = database;
  return {
    kind: 'real services: Apache Kafka, Redis and PostgreSQL',
    brokers: kafka.brokers,
    postgresUrl: url.href,
    redisUrl: redis.url,
    namespace,
    async stop() {
      await query(postgres.url, `DROP DATABASE ${database} WITH (FORCE)`);
      await Promise.all([forgetInKafka(kafka.brokers, namespace), forgetInRedis(redis.url, namespace)]);
    },
  };
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function forgetInKafka(brokers: string[], namespace: string): Promise<void> {
  const admin = new Kafka({ clientId: 'sms-demo', brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const ours = (name: string) => name.startsWith(namespace);
    const groups = (await admin.listGroups()).groups.map(({ groupId }) => groupId).filter(ours);
    const topics = (await admin.listTopics()).filter(ours);
    if (groups.length > 0) await admin.deleteGroups(groups);
    if (topics.length > 0) await admin.deleteTopics({ topics });
  } finally {
    await admin.disconnect();
  }
}

async function forgetInRedis(url: string, namespace: string): Promise<void> {
  const redis = new Redis(url);
  try {
    const keys = await redis.keys(`${namespace}*`);
    if (keys.length > 0) await redis.del(...keys);
  } finally {
    redis.disconnect();
  }
}
