import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { Redis as Redis6 } from 'ioredis-6';
import { Kafka, logLevel } from 'kafkajs';
import type { Admin, Producer } from 'kafkajs';
import { DataSource } from 'typeorm';
import type { DataSourceOptions, QueryRunner } from 'typeorm';
import { randomUUID } from 'node:crypto';
import { realServices } from '../services/index.js';
import { mariadbKind, postgresKind } from '../support/databases.js';
import type { TestDatabase } from '../support/databases.js';
import { failureClass } from '../support/failure-class.js';
import { RedisServer } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const DATABASE = 'infrastructure: database';

describe.each([
  {
    kind: postgresKind,
    says: { me: 'pg_backend_pid()', end: (id: string) => `SELECT pg_terminate_backend(${id})`, sleep: 'pg_sleep(30)' },
    patience: 'connectTimeoutMS',
    // What pg's pool throws when it gets no connection is Node's error, which names nobody.
    notConnected: 'infrastructure',
  },
  {
    kind: mariadbKind,
    says: { me: 'CONNECTION_ID()', end: (id: string) => `KILL ${id}`, sleep: 'SLEEP(30)' },
    patience: 'connectTimeout',
    notConnected: DATABASE,
  },
])('$kind.name', ({ kind, says, patience, notConnected }) => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let dataSource: DataSource;
  let accounts: string;

  beforeAll(async () => {
    database = await kind.make();
    const { port, schema } = database.options as { port: number; schema?: string };
    proxy = await TcpProxy.start(port);
    dataSource = await open({ port: proxy.port });
    accounts = schema ? `${schema}.accounts` : 'accounts';
    await dataSource.query(
      `CREATE TABLE ${accounts} (id INT PRIMARY KEY, name VARCHAR(3) NOT NULL, amount INT CHECK (amount >= 0))`,
    );
    await dataSource.query(`INSERT INTO ${accounts} VALUES (1, 'one', 1), (2, 'two', 2)`);
  });

  afterAll(async () => {
    await dataSource.destroy();
    await proxy.stop();
    await database.end();
  });

  const open = (more: object) => new DataSource({ ...database.options, ...more } as DataSourceOptions).initialize();
  const ask = () => dataSource.query('SELECT 1');

  it.each([
    ['a key that is taken', "INSERT INTO accounts VALUES (1, 'one', 1)", 'retriable'],
    ['a check', 'UPDATE accounts SET amount = amount - 10', 'retriable'],
    ['a table that is missing', 'SELECT * FROM nowhere', 'retriable'],
    ['SQL that is none', 'SELEC 1', 'retriable'],
    ['a null', 'INSERT INTO accounts (id, name) VALUES (3, NULL)', 'fatal'],
    ['a value that is not given', 'INSERT INTO accounts (id) VALUES (3)', 'fatal'],
    ['a value too long', "INSERT INTO accounts VALUES (3, 'three', 3)", 'fatal'],
    ['a text that is no number', "INSERT INTO accounts VALUES ('x', 'x', 3)", 'fatal'],
    ['a number out of range', "INSERT INTO accounts VALUES (3, 'x', 99999999999)", 'fatal'],
  ])('%s', async (_what, sql, expected) => {
    expect(await failureClass(() => dataSource.query(sql.replace('accounts', accounts)))).toBe(expected);
  });

  it('a password that is wrong, a database that is missing', async () => {
    expect(await failureClass(() => open({ password: 'wrong' }))).toBe(DATABASE);
    expect(await failureClass(() => open({ database: 'nowhere' }))).toBe(DATABASE);
  });

  it('a lock that is not free', async () => {
    const lock = `SELECT * FROM ${accounts} WHERE id = 1 FOR UPDATE`;
    const waiting = inTwo(async (one, other) => {
      await one.query(lock);
      await other.query(`${lock} NOWAIT`);
    });
    expect(await failureClass(() => waiting)).toBe('conflict');
  });

  it('a deadlock', async () => {
    const change = (id: number) => `UPDATE ${accounts} SET amount = amount + 1 WHERE id = ${id}`;
    const crossing = inTwo(async (one, other) => {
      await one.query(change(1));
      await other.query(change(2));
      await Promise.all([one.query(change(2)), other.query(change(1))]);
    });
    expect(await failureClass(() => crossing)).toBe('conflict');
  });

  it('an administrator who ends the connection', async () => {
    const ended = inTwo(async (one, other) => {
      const [{ id }] = await one.query(`SELECT ${says.me} AS id`);
      await Promise.all([one.query(`SELECT ${says.sleep}`), other.query(says.end(id))]);
    });
    expect(await failureClass(() => ended)).toBe(DATABASE);
  });

  it('a connection that is cut, and one that is not to be had', async () => {
    const cut = dataSource.transaction(async (manager) => {
      proxy.cut();
      await manager.query('SELECT 1');
    });
    expect(await failureClass(() => cut)).toBe(DATABASE);
    expect(await failureClass(ask)).toBe(notConnected);
    proxy.restore();
  });

  it('a server that does not answer a new connection', async () => {
    proxy.hold();
    expect(await failureClass(() => open({ port: proxy.port, [patience]: 300 }))).toBe(DATABASE);
    proxy.restore();
  });

  async function inTwo(work: (one: QueryRunner, other: QueryRunner) => Promise<unknown>): Promise<void> {
    const runners = [dataSource.createQueryRunner(), dataSource.createQueryRunner()] as const;
    try {
      for (const runner of runners) await runner.startTransaction();
      await work(...runners);
    } finally {
      for (const runner of runners) {
        await runner.rollbackTransaction().catch(() => undefined);
        await runner.release();
      }
    }
  }
});

describe.each([
  { version: 5, make: (port: number, options = {}) => new Redis(port, options) },
  { version: 6, make: (port: number, options = {}) => new Redis6(port, options) as unknown as Redis },
])('ioredis $version', ({ make }) => {
  const REDIS = 'infrastructure: redis';
  let server: RedisServer;
  let proxy: TcpProxy;
  let client: Redis;

  beforeAll(async () => {
    server = await RedisServer.start('--maxmemory', '3mb');
    proxy = await TcpProxy.start(server.port);
    client = connected(proxy.port, { maxRetriesPerRequest: 1, commandTimeout: 500 });
  });

  afterAll(async () => {
    client.disconnect();
    await proxy.stop();
    await server[Symbol.asyncDispose]();
  });

  function connected(port: number, options: object = {}): Redis {
    const made = make(port, options);
    made.on('error', () => {});
    return made;
  }

  /** As an administrator, before and after. */
  async function under(
    setting: readonly [string, ...string[]],
    back: readonly [string, ...string[]],
    work: () => unknown,
  ) {
    const admin = connected(server.port);
    try {
      await admin.call(...setting);
      return await failureClass(work);
    } finally {
      await admin.call(...back);
      admin.disconnect();
    }
  }

  it('a key of another type', async () => {
    await client.set('text', 'text');
    expect(await failureClass(() => client.lpush('text', 'one'))).toBe('retriable');
  });

  it('a server that became a replica', async () => {
    const found = await under(['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE'], () => client.set('key', 1));
    expect(found).toBe(REDIS);
  });

  it('a server without its replicas', async () => {
    const to = (count: string) => ['CONFIG', 'SET', 'min-replicas-to-write', count] as const;
    expect(await under(to('1'), to('0'), () => client.set('key', 1))).toBe(REDIS);
  });

  it('a server that is full', async () => {
    const to = (bytes: string) => ['CONFIG', 'SET', 'maxmemory', bytes] as const;
    expect(await under(to('1'), to('0'), () => client.set('key', 1))).toBe(REDIS);
  });

  it('a server that asks for a password', async () => {
    const alone = () => connected(server.port, { retryStrategy: () => null });
    const to = (password: string) => ['CONFIG', 'SET', 'requirepass', password] as const;
    expect(await under(to('secret'), to(''), () => alone().get('key'))).toBe(REDIS);
  });

  it('a server that does not answer', async () => {
    proxy.hold();
    expect(await failureClass(() => client.get('key'))).toBe(REDIS);
    proxy.restore();
  });

  it('a connection that is cut', async () => {
    proxy.cut();
    expect(await failureClass(() => client.get('key'))).toBe(REDIS);
    proxy.restore();
  });

  it('a client that is closed', async () => {
    client.disconnect();
    expect(await failureClass(() => client.get('key'))).toBe(REDIS);
  });
});

describe('kafkajs', () => {
  const KAFKA = 'infrastructure: kafka';
  const { kafka } = realServices();
  const connect = (options: object) =>
    new Kafka({
      brokers: kafka.brokers,
      retry: { retries: 1, initialRetryTime: 50 },
      logLevel: logLevel.NOTHING,
      ...options,
    });
  const topic = `error-classes-${randomUUID()}`;
  let admin: Admin;
  let producer: Producer;

  beforeAll(async () => {
    admin = connect({}).admin();
    await admin.connect();
    await admin.createTopics({
      waitForLeaders: true,
      topics: [
        {
          topic,
          numPartitions: 1,
          replicationFactor: 1,
          configEntries: [{ name: 'max.message.bytes', value: '1000' }],
        },
        {
          topic: `${topic}-few`,
          numPartitions: 1,
          replicationFactor: 1,
          configEntries: [{ name: 'min.insync.replicas', value: '2' }],
        },
      ],
    });
    producer = connect({ retry: { retries: 3 } }).producer({ allowAutoTopicCreation: false });
    await producer.connect();
  });

  afterAll(async () => {
    await admin.deleteTopics({ topics: [topic] });
    await producer.disconnect();
    await admin.disconnect();
  });

  const send = (to: string, value: string) => () => producer.send({ topic: to, acks: -1, messages: [{ value }] });

  it.each<[what: string, work: () => unknown, expected: string]>([
    ['a record too large', send(topic, 'x'.repeat(5_000)), 'fatal'],
    ['a topic whose name is none', send('no topic', 'x'), 'retriable'],
    [
      'a password that is wrong',
      () =>
        connect({ ...kafka.secure, sasl: { ...kafka.secure.sasl, password: 'wrong' } })
          .admin()
          .connect(),
      KAFKA,
    ],
  ])('%s', async (_what, work, expected) => {
    expect(await failureClass(work)).toBe(expected);
  });

  it('a connection that is cut', async () => {
    await using proxy = await TcpProxy.start(Number(kafka.brokers[0]!.split(':')[1]));
    proxy.cut();
    expect(
      await failureClass(() =>
        connect({ brokers: [`127.0.0.1:${proxy.port}`] })
          .admin()
          .connect(),
      ),
    ).toBe(KAFKA);
  });
});
