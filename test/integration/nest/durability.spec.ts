import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { Controller, Injectable } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import {
  DeadLetter,
  getAuditToken,
  getProvisionerToken,
  ProvisioningError,
  ReliableKafkaModule,
  ReliableKafkaServer,
  TopicAudit,
  TopicProvisioner,
} from 'nestjs-reliable-kafka';
import type { ReliableKafkaOptions } from 'nestjs-reliable-kafka';
import { EmbeddedKafka } from 'nestjs-reliable-kafka/testing';
import { testing } from './apps.js';

const DAY = 24 * 60 * 60 * 1000;

let kafka: EmbeddedKafka;
let app: INestApplicationContext | undefined;

beforeEach(async () => {
  kafka = await EmbeddedKafka.start({ topics: { orders: 2, elsewhere: 1 }, autoCreateTopics: false });
});

afterEach(async () => {
  await app?.close();
  app = undefined;
  await kafka.stop();
});

@Injectable()
class Deployment {
  constructor(
    readonly audit: TopicAudit,
    readonly provisioner: TopicProvisioner,
  ) {}
}

/** An application that only produces. */
async function producing(topics: ReliableKafkaOptions['topics'], options: Partial<ReliableKafkaOptions> = {}) {
  const client = { brokers: kafka.brokers, retry: { retries: 0 } };
  const module = await testing(
    [],
    { client, consumer: undefined, topics, ...options },
    { providers: [Deployment] },
  ).compile();
  app = await module.createNestApplication().init();
  return app.get(Deployment);
}

const brief = (findings: readonly { topic: string; check: string }[]) =>
  findings.map(({ topic, check }) => `${topic} ${check}`);

describe('TopicAudit', () => {
  it('looks at the topics of the options', async () => {
    const { audit } = await producing({ orders: {}, missing: {} }, { durability: { longestOutage: 8 * DAY } });
    const { topics, findings } = await audit.audit();
    expect(topics).toEqual(['missing', 'orders']);
    expect(brief(findings)).toEqual(['missing existence', 'orders replication', 'orders outage']);
  });

  it('or at those that are named', async () => {
    const { audit } = await producing({ orders: {} }, { audit: 'off' });
    const { topics, findings } = await audit.audit(['elsewhere', 'nowhere']);
    expect(topics).toEqual(['elsewhere', 'nowhere']);
    expect(brief(findings)).toEqual(['elsewhere replication', 'nowhere existence']);
    expect(await audit.audit([])).toEqual({ topics: [], findings: [] });
  });

  it('once there is a consumer looks at what it consumes, too, and at its dead letter topics', async () => {
    @Controller()
    class Orders {
      @EventPattern<string>('orders')
      @DeadLetter('orders-dlt')
      handle(): void {}
    }
    const module = await testing([Orders], { client: { brokers: kafka.brokers } }).compile();
    const service = module.createNestMicroservice({ strategy: module.get(ReliableKafkaServer), logger: false });
    app = service;
    await service.listen();
    expect((await service.get(TopicAudit).audit()).topics).toEqual(['orders', 'orders-dlt']);
  });

  it('rejects when no broker answers', async () => {
    const { audit } = await producing({ orders: {} });
    await kafka.stop();
    await expect(audit.audit()).rejects.toThrow('Connection error');
  });
});

describe('TopicProvisioner', () => {
  it('creates the topics of the options, and tells what differs', async () => {
    const { provisioner } = await producing({
      new: { partitions: 3, config: { 'retention.ms': DAY } },
      orders: { partitions: 3, config: { 'retention.ms': DAY } },
    });
    const first = await provisioner.apply();
    expect(first).toMatchObject({ created: ['new'], altered: [], skipped: [] });
    expect(first.differences.map(({ what }) => what)).toEqual(['partitions', 'retention.ms']);
    const second = await provisioner.apply({ alter: true });
    expect([second.created, second.altered.map(({ what }) => what)]).toEqual([[], ['retention.ms']]);
    expect((await provisioner.apply()).differences.map(({ what }) => what)).toEqual(['partitions']);
  });

  it('rejects with all that the brokers refuse, when the rest is done', async () => {
    const { provisioner } = await producing({ new: { partitions: 1, replication: 3 }, fine: { partitions: 1 } });
    const error = (await provisioner.apply().catch((error: unknown) => error)) as ProvisioningError;
    expect(error).toBeInstanceOf(ProvisioningError);
    expect(error.message).toMatch(/topics\['new'\]: the broker refuses to create it \(INVALID_REPLICATION_FACTOR/);
    expect(error.report.created).toEqual(['fine']);
  });
});

it('Each named module has its own', async () => {
  const client = { brokers: kafka.brokers };
  const audit = ReliableKafkaModule.forRoot({ name: 'audit', client, topics: { elsewhere: {} } });
  const module = await testing(
    [],
    { client, consumer: undefined, topics: { orders: {} } },
    { imports: [audit] },
  ).compile();
  app = await module.createNestApplication().init();
  expect((await app.get<TopicAudit>(getAuditToken('audit')).audit()).topics).toEqual(['elsewhere']);
  expect((await app.get<TopicAudit>(getAuditToken()).audit()).topics).toEqual(['orders']);
  expect(app.get(getProvisionerToken('audit'))).toBeInstanceOf(TopicProvisioner);
  expect(app.get(getProvisionerToken())).not.toBe(app.get(getProvisionerToken('audit')));
});

it('No topic is safe from a producer that does not wait for its replicas: `acks` cannot be chosen', async () => {
  const producer = { acks: 1 } as ReliableKafkaOptions['producer'];
  await expect(producing({}, { producer })).rejects.toThrow(/producer.acks: .*acknowledged by all replicas in sync/);
});
