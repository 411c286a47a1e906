import { randomUUID } from 'node:crypto';
import { ConsoleLogger, Controller, Module } from '@nestjs/common';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern } from '@nestjs/microservices';
import type { AsyncMicroserviceOptions } from '@nestjs/microservices';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import {
  ConfigurationError,
  ReliableKafkaEvents,
  ReliableKafkaModule,
  ReliableKafkaProducer,
  ReliableKafkaServer,
  TopicAudit,
  TopicProvisioner,
} from 'nestjs-reliable-kafka';
import type { ReliableKafkaOptions } from 'nestjs-reliable-kafka';
import { createTopic } from '../support/create-topic.js';
import { realServices } from '../services/index.js';

const { brokers } = realServices().kafka;
const DAY = 24 * 60 * 60 * 1000;
const run = randomUUID();
const named = (name: string) => `durability-${name}-${run}`;

/** Topics as careless hands make them, on three brokers. */
const CARELESS = {
  [named('alone')]: { replicationFactor: 1, settings: {} },
  [named('one-enough')]: { replicationFactor: 3, settings: { 'min.insync.replicas': '1', 'segment.ms': '5000000' } },
  [named('unclean')]: { replicationFactor: 3, settings: { 'unclean.leader.election.enable': 'true' } },
  [named('forgetful')]: { replicationFactor: 3, settings: { 'retention.ms': String(DAY) } },
  [named('all-needed')]: { replicationFactor: 3, settings: { 'min.insync.replicas': '3' } },
};

let admin: Admin;
let app: INestApplicationContext | undefined;
let warnings: string[] = [];

class Warnings extends ConsoleLogger {
  override warn(message: string): void {
    warnings.push(message);
  }
}

beforeAll(async () => {
  admin = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 30 } }).admin();
  await admin.connect();
  for (const [topic, { replicationFactor, settings }] of Object.entries(CARELESS)) {
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
    await createTopic(admin, { topic, numPartitions: 2, replicationFactor, configEntries });
  }
});

afterEach(async () => {
  await app?.close();
  app = undefined;
  warnings = [];
});

afterAll(async () => {
  const topics = (await admin.listTopics()).filter((topic) => topic.endsWith(run));
  await admin.deleteTopics({ topics });
  await admin.disconnect();
});

const moduleOf = (options: Partial<ReliableKafkaOptions>) =>
  ReliableKafkaModule.forRoot({ client: { brokers, logLevel: logLevel.NOTHING }, ...options });

/** An application without handlers. */
async function tool(topics: ReliableKafkaOptions['topics'], durability?: ReliableKafkaOptions['durability']) {
  @Module({ imports: [moduleOf({ topics, durability })] })
  class Tool {}
  app = await NestFactory.createApplicationContext(Tool, { logger: false });
  return app;
}

async function consuming(topics: readonly string[], options: Partial<ReliableKafkaOptions>): Promise<void> {
  const handlers = topics.map((topic): Type => {
    @Controller()
    class Handler {
      @EventPattern<string>(topic)
      handle(): void {}
    }
    return Handler;
  });
  @Module({ imports: [moduleOf({ consumer: { groupId: named('group') }, ...options })], controllers: handlers })
  class App {}
  const service = await NestFactory.createMicroservice<AsyncMicroserviceOptions>(App, {
    logger: new Warnings('', { logLevels: ['warn'] }),
    abortOnError: false,
    inject: [ReliableKafkaServer],
    useFactory: (strategy: ReliableKafkaServer) => ({ strategy }),
  });
  app = service;
  const assigned = new Promise<void>((resolve) => {
    service.get(ReliableKafkaEvents).events$.subscribe(({ type }) => type === 'assigned' && resolve());
  });
  await service.listen();
  await assigned;
}

describe('An audit of real topics', () => {
  it('names what can lose records, and what stops', async () => {
    const { findings } = await (
      await tool({}, { longestOutage: 3 * DAY })
    )
      .get(TopicAudit)
      .audit(Object.keys(CARELESS));
    expect(findings.map(({ topic, check, severity }) => `${topic} ${check} ${severity}`).toSorted()).toEqual(
      [
        `${named('alone')} replication loses`,
        `${named('one-enough')} min-insync loses`,
        `${named('unclean')} unclean-election loses`,
        `${named('forgetful')} outage loses`,
        `${named('all-needed')} min-insync stops`,
      ].toSorted(),
    );
  });

  it('refuses the start, with one error that lists all of them', async () => {
    const started = consuming(Object.keys(CARELESS), { audit: 'refuse', durability: { longestOutage: 3 * DAY } });
    const error = await started.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).problems.map(({ where }) => where).toSorted()).toEqual(
      ['alone', 'one-enough', 'unclean', 'forgetful'].map((name) => `topic ${named(name)}`).toSorted(),
    );
    expect(warnings).toContainEqual(expect.stringContaining(`topic ${named('all-needed')}: min.insync.replicas is 3`));
  });

  it('or warns, and the consumer starts', async () => {
    await consuming([named('alone'), named('unclean')], {});
    expect(warnings.filter((line) => line.startsWith('topic'))).toEqual([
      expect.stringContaining(`topic ${named('alone')}: there is one replica`),
      expect.stringContaining(`topic ${named('unclean')}: unclean.leader.election.enable is true`),
    ]);
  });
});

describe('A topic that is provisioned with three replicas', () => {
  it('passes the audit, and can be sent to at once', async () => {
    const topic = named('sound');
    const app = await tool({ [topic]: { partitions: 6, replication: 3, config: { 'retention.ms': 7 * DAY } } });
    expect((await app.get(TopicProvisioner).apply()).created).toEqual([topic]);
    expect(await app.get(TopicAudit).audit()).toEqual({ topics: [topic], findings: [] });
    expect(await app.get(ReliableKafkaProducer).send(topic, [{ value: 1 }])).toHaveLength(1);
    expect(await app.get(TopicProvisioner).apply()).toEqual({ created: [], altered: [], differences: [], skipped: [] });
  });

  it('passes it also when a start, or a first send, has created it', async () => {
    const [consumed, sent] = [named('consumed'), named('sent')];
    const three = { partitions: 2, replication: 3 };
    await consuming([consumed], { audit: 'refuse', topics: { [consumed]: three } });
    expect(await app!.get(TopicAudit).audit()).toEqual({ topics: [consumed], findings: [] });
    await app!.close();
    await (await tool({ [sent]: three })).get(ReliableKafkaProducer).send(sent, [{ value: 1 }]);
    expect(await app!.get(TopicAudit).audit()).toEqual({ topics: [sent], findings: [] });
  });
});

it('A careless topic becomes sound when its settings are altered, and keeps those that were not named', async () => {
  const topic = named('one-enough');
  const tooled = await tool({ [topic]: { config: { 'min.insync.replicas': 2 } } });
  const settings = async () => {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name: topic, configNames: ['min.insync.replicas', 'segment.ms'] }],
    });
    return Object.fromEntries(
      resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]),
    );
  };
  expect((await tooled.get(TopicProvisioner).apply()).differences).toHaveLength(1);
  expect((await tooled.get(TopicProvisioner).apply({ alter: true })).altered).toHaveLength(1);
  // Brokers learn of a change one after the other.
  while ((await settings())['min.insync.replicas'] !== '2');
  expect((await settings())['segment.ms']).toBe('5000000');
  while ((await tooled.get(TopicAudit).audit()).findings.length > 0);
});
