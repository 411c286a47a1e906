import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Admin, type ISocketFactory, Kafka, logLevel } from 'kafkajs';
import { CommitAfter, DeadLetter, FatalError, OrderedBy } from 'nestjs-reliable-kafka';
import { createTopic } from '../support/create-topic.js';
import { committedOffsets, type DeadLetterApp, deadLetterApp, recordsIn } from '../support/dead-letter-app.js';
import { describeDeadLetters } from '../support/describe-dead-letters.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { realServices } from '../services/index.js';

const { brokers } = realServices().kafka;

async function administer<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 30 } }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

describeDeadLetters('Apache Kafka', async () => {
  const topic = `dead-${randomUUID()}`;
  await administer((admin) => createTopic(admin, { topic, numPartitions: 2, replicationFactor: 3 }));
  return { brokers, topic, stop: async () => {} };
});

/** As Kafka finds it: by the leader of one partition of its topic of commits, and that by Java's hash of the group's name. */
async function coordinatorOf(admin: Admin, group: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: ['__consumer_offsets'] });
  const { partitions } = topics[0]!;
  const hash = [...group].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, 0);
  return partitions.find(({ partitionId }) => partitionId === Math.abs(hash) % partitions.length)!.leader;
}

interface Order {
  readonly user: string;
  readonly isBad?: boolean;
  readonly id: number;
}

describe('dead letters on Apache Kafka while something is wrong', () => {
  let topic: string;
  let dlt: string;
  let handled: number[];
  let errorOf: () => Error;
  const apps: DeadLetterApp[] = [];
  let proxy: TcpProxy | undefined;

  beforeEach(() => {
    topic = `dead-${randomUUID()}`;
    dlt = `${topic}-dlt`;
    handled = [];
    errorOf = () => new FatalError('bad');
  });

  afterEach(async () => {
    proxy?.restore();
    for (const { app } of apps.splice(0)) await app.close();
    await proxy?.stop();
    proxy = undefined;
  });

  async function serving(options: Parameters<typeof deadLetterApp>[1]['options'] = {}): Promise<DeadLetterApp> {
    @Controller()
    class Orders {
      @EventPattern<string>(topic)
      @OrderedBy<Order>('user')
      @CommitAfter('record')
      @DeadLetter(dlt)
      async handle(@Payload() { id, isBad }: Order): Promise<void> {
        if (isBad) throw errorOf();
        handled.push(id);
      }
    }
    const app = await deadLetterApp([Orders], { brokers, group: `g-${topic}`, options });
    apps.push(app);
    return app;
  }

  const passed = async () =>
    (await committedOffsets(brokers, `g-${topic}`, topic)).map((offset) => Math.max(0, Number(offset)));

  const alter = (value: number) =>
    administer((admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: 2, name: dlt, configEntries: [{ name: 'max.message.bytes', value: String(value) }] }],
      }),
    );

  it('take the largest record that the source takes, however much is told of its death', async () => {
    const most = 100_000;
    const configEntries = [{ name: 'max.message.bytes', value: String(most) }];
    await administer((admin) => createTopic(admin, { topic, numPartitions: 1, configEntries }));
    const long = '€'.repeat(100_000);
    errorOf = () => Object.assign(new FatalError(long, { cause: new Error(long) }), { stack: long });
    const app = await serving();

    const producer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).producer({ retry: { retries: 0 } });
    await producer.connect();
    const user = 'u'.repeat(10_000);
    const headers = { trace: 't'.repeat(5_000) };
    let value = '';
    for (let size = most; value === ''; size--) {
      const order = JSON.stringify({ user, isBad: true, id: 1 });
      const padded = `${order.slice(0, -1)},"pad":"${'x'.repeat(size - order.length - 5_100)}"}`;
      const isStored = await producer.send({ topic, messages: [{ key: 'k', value: padded, headers }] }).then(
        () => true,
        () => false,
      );
      if (isStored) value = padded;
    }
    await producer.disconnect();
    await app.event('committed', ({ offset }) => offset === 1n);
    const { letters } = await app.deadLetters.list();
    expect(letters).toMatchObject([{ reason: 'fatal', orderingKey: user, error: { name: 'FatalError' } }]);
    expect(letters[0]!.record.value!.toString()).toBe(value);
    expect(letters[0]!.record.headers).toEqual({ trace: Buffer.from(headers.trace) });
  });

  it('stop the partition when their topic refuses a record, say what to do, and go on when it is taken', async () => {
    await administer((admin) => createTopic(admin, { topic, numPartitions: 2 }));
    const app = await serving();
    await alter(500);
    await app.producer.send(topic, [
      { value: { user: 'a', id: 1, isBad: true }, partition: 0 },
      { value: { user: 'b', id: 2 }, partition: 0 },
      { value: { user: 'c', id: 3 }, partition: 1 },
    ]);
    const { error } = await app.event('outage-began', ({ what }) => what === `dead letter topic ${dlt}`);
    expect(String(error)).toContain(`Raise its max.message.bytes`);
    await app.event('committed', ({ partition }) => partition === 1);
    expect((await passed())[0]).toBe(0);
    await app.producer.send(topic, [{ value: { user: 'd', id: 4 }, partition: 0 }]);
    await alter(2_000_000);
    await app.event('outage-ended');
    await app.event('committed', ({ partition, offset }) => partition === 0 && offset === 3n);
    expect(handled.toSorted()).toEqual([2, 3, 4]);
    expect(await recordsIn(brokers, dlt)).toHaveLength(1);
  });

  it('pass nothing while the broker that leads their topic is away, and lose nothing', async () => {
    const port = await administer(async (admin) => {
      const { brokers: nodes } = await admin.describeCluster();
      const [source, ...others] = nodes.map(({ nodeId }) => nodeId);
      const coordinator = await coordinatorOf(admin, `g-${topic}`);
      const away = others.find((node) => node !== coordinator)!;
      const on = (node: number) => [{ partition: 0, replicas: [node] }];
      await createTopic(admin, { topic, replicaAssignment: on(source!) });
      const configEntries = [{ name: 'max.message.bytes', value: '2000000' }];
      await createTopic(admin, { topic: dlt, replicaAssignment: on(away), configEntries });
      return nodes.find(({ nodeId }) => nodeId === away)!.port;
    });
    const way = (proxy = await TcpProxy.start(port));
    const socketFactory: ISocketFactory = (to) =>
      connect({ host: to.host, port: to.port === port ? way.port : to.port }, to.onConnect);
    const app = await serving({
      client: { brokers, socketFactory, requestTimeout: 2_000, logLevel: logLevel.NOTHING },
      producer: { deliveryTimeout: 3_000 },
    });
    way.cut();
    await app.producer.send(topic, [{ value: { user: 'a', id: 1, isBad: true }, partition: 0 }]);
    await app.event('outage-began', ({ what }) => what === `dead letter topic ${dlt}`);
    expect(await passed()).toEqual([0]);
    expect(app.count('dead-lettered')).toBe(0);
    way.restore();
    await app.event('dead-lettered');
    await app.producer.send(topic, [{ value: { user: 'a', id: 2 }, partition: 0 }]);
    await app.event('committed', ({ offset }) => offset === 2n);
    expect(handled).toEqual([2]);
    expect((await app.deadLetters.list()).letters).toMatchObject([{ record: { offset: 0n } }]);
  });
});
