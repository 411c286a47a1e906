import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { redisIdempotency, redisProbe } from 'nestjs-reliable-kafka/redis';
import { typeormIdempotency, typeormProbe } from 'nestjs-reliable-kafka/typeorm';
import type { DataSource, DataSourceOptions } from 'typeorm';
import type { IdempotencyStore, Probe } from '../../libs/reliable-kafka/src/contracts/index.js';
import { kafkaProbe } from '../../libs/reliable-kafka/src/kafka/index.js';
import { realServices } from '../services/index.js';
import { until } from '../services/wait.js';
import { mariadbKind, postgresKind, realDatabases } from '../support/databases.js';
import { failureClass } from '../support/failure-class.js';
import { RedisServer } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { log, StoreTest } from '../support/typeorm/stores.js';
import { VERSIONS } from './redis/clients.js';

const context = {
  resolve: (): never => {
    throw new Error('There is no such provider');
  },
  log,
};

let ends: (() => unknown)[];

beforeEach(() => {
  ends = [];
});

afterEach(async () => {
  for (const end of ends.toReversed()) await end();
});

async function opened<P extends Probe | IdempotencyStore>(probe: P): Promise<P & Probe> {
  expect(await probe.open!(context)).toEqual([]);
  if ('close' in probe) ends.push(() => probe.close());
  return probe as P & Probe;
}

async function proxied(port: number): Promise<TcpProxy> {
  const proxy = await TcpProxy.start(port);
  ends.push(() => proxy.stop());
  return proxy;
}

/** What must hold for every probe on whatever is behind the proxy. */
async function tellsThroughAll(probe: Probe, proxy: TcpProxy): Promise<void> {
  await probe.probe();
  const { sockets } = proxy;
  proxy.cut();
  await expect(probe.probe()).rejects.toThrow(/ECONNRESET/);
  proxy.restore();
  await probe.probe();
  proxy.hold();
  const begun = performance.now();
  await expect(probe.probe()).rejects.toThrow(Error);
  expect(performance.now() - begun).toBeLessThan(10_000);
  proxy.restore();
  await probe.probe();
  await until('the end of its connections', async () => proxy.sockets <= sockets, { within: 20_000 });
}

describe.each(realDatabases)('$name', (kind) => {
  let proxy: TcpProxy;
  let setting: StoreTest;
  let dataSource: DataSource;

  beforeEach(async () => {
    setting = await StoreTest.on(kind);
    ends.push(() => setting.end());
    proxy = await proxied((setting.database.options as { port: number }).port);
    dataSource = await setting.other({ port: proxy.port, poolSize: 2 } as Partial<DataSourceOptions>);
  });

  const subjects = [
    { what: 'the store', make: () => typeormIdempotency({ dataSource }) },
    { what: 'typeormProbe()', make: () => typeormProbe(dataSource) },
  ];

  it.each(subjects)(
    '$what tells when the database refuses and when it hangs, and leaves no connection',
    async ({ make }) => {
      await tellsThroughAll(await opened(make()), proxy);
    },
  );

  it.each(subjects)('$what is not fooled by a connection that is cut while it asks', async ({ make }) => {
    const probe = await opened(make());
    const dropped = proxy.dropNextReply();
    await expect(probe.probe()).rejects.toThrow('ECONNRESET');
    await dropped;
    await probe.probe();
  });

  it.each(subjects)('$what needs no connection of the pool', async ({ make }) => {
    const probe = await opened(make());
    const runners = [dataSource.createQueryRunner(), dataSource.createQueryRunner()];
    for (const runner of runners) await runner.connect();
    await probe.probe();
    for (const runner of runners) await runner.release();
  });
});

describe('MariaDB', () => {
  it('is not down because a value over max_allowed_packet looks as if it were', async () => {
    const setting = await StoreTest.on(mariadbKind);
    ends.push(() => setting.end());
    const proxy = await proxied((setting.database.options as { port: number }).port);
    const dataSource = await setting.other({ port: proxy.port } as Partial<DataSourceOptions>);
    const probes = [await opened(typeormIdempotency({ dataSource })), await opened(typeormProbe(dataSource))];
    const [{ bound }] = await dataSource.query('SELECT @@max_allowed_packet AS bound');
    const tooLarge = () => dataSource.query('SELECT LENGTH(?)', ['x'.repeat(Number(bound) + 1_000)]);
    // The server says why and hangs up at once, so that its answer may be lost.
    void proxy.dropNextReply();
    expect(await failureClass(tooLarge)).toBe('infrastructure: database');
    for (const probe of probes) await probe.probe();
  });
});

describe('PostgreSQL', () => {
  it('that takes no writes is down for the store, and for typeormProbe(), which only reads, it is not', async () => {
    const setting = await StoreTest.on(postgresKind);
    ends.push(() => setting.end());
    await setting.store();
    const readOnly = { extra: { options: '-c default_transaction_read_only=on' } };
    const dataSource = await setting.other(readOnly as Partial<DataSourceOptions>);
    const store = await opened(typeormIdempotency({ dataSource }));
    await expect(store.probe()).rejects.toThrow('read-only transaction');
    await (await opened(typeormProbe(dataSource))).probe();
  });
});

describe('Redis', () => {
  let server: RedisServer;
  let proxy: TcpProxy;
  let admin: Redis;

  beforeEach(async () => {
    server = await RedisServer.start();
    ends.push(() => server[Symbol.asyncDispose]());
    proxy = await proxied(server.port);
    admin = new Redis(server.url);
    admin.on('error', () => {});
    ends.push(() => admin.disconnect());
  });

  const url = () => `redis://127.0.0.1:${proxy.port}`;
  const clients = VERSIONS.map(({ version, connect }) => ({
    what: `a client of ioredis ${version}`,
    source: () => {
      // As an application may have it: it would wait for ever.
      const client = connect(url(), { maxRetriesPerRequest: null });
      ends.push(() => client.disconnect());
      return { client };
    },
  }));
  const sources = [{ what: 'a url', source: () => ({ url: url() }) }, ...clients];

  it.each(sources)(
    'the store on $what tells when Redis refuses and when it hangs, and leaves no connection',
    async ({ source }) => {
      await tellsThroughAll(await opened(redisIdempotency(source())), proxy);
    },
  );

  it.each(sources)('redisProbe() on $what tells the same', async ({ source }) => {
    await tellsThroughAll(await opened(redisProbe(source())), proxy);
  });

  it.each<[what: string, setting: [string, ...string[]]]>([
    ['has become a replica', ['REPLICAOF', '127.0.0.1', '1']],
    ['has lost its replicas', ['CONFIG', 'SET', 'min-replicas-to-write', '1']],
    ['is full', ['CONFIG', 'SET', 'maxmemory', '1']],
  ])('that %s is down for the store, and for redisProbe(), which only asks, it is not', async (_what, setting) => {
    const store = await opened(redisIdempotency({ url: url() }));
    const probe = await opened(redisProbe({ url: url() }));
    await admin.call(...setting);
    await expect(store.probe()).rejects.toThrow(/^Redis: [A-Z]+ /);
    await probe.probe();
  });

  it('that is gone is down, and is not when it is back', async () => {
    const store = await opened(redisIdempotency({ url: url() }));
    await server.kill();
    await expect(store.probe()).rejects.toThrow('Redis: ');
    await server.start();
    await store.probe();
  });

  it('that asks for another password is down', async () => {
    const store = await opened(redisIdempotency({ url: url() }));
    await admin.config('SET', 'requirepass', 'secret');
    await expect(store.probe()).rejects.toThrow('NOAUTH');
  });
});

describe('Kafka', () => {
  const { kafka } = realServices();
  const nobody = '127.0.0.1:1';

  it('is told when it refuses and when it hangs, and no connection is left', async () => {
    const proxy = await proxied(Number(kafka.brokers[0]!.split(':')[1]));
    await tellsThroughAll(kafkaProbe({ brokers: [`127.0.0.1:${proxy.port}`] }), proxy);
  });

  it('is not down when the first brokers of the list are', async () => {
    await kafkaProbe({ brokers: [nobody, nobody, kafka.brokers[0]!] }).probe();
  });

  it('is down when all of them are', async () => {
    await expect(kafkaProbe({ brokers: [nobody, nobody] }).probe()).rejects.toThrow('ECONNREFUSED');
  });

  it('is down when it does not let us in', async () => {
    const connectionTimeout = 4_000;
    await kafkaProbe({ ...kafka.secure, connectionTimeout }).probe();
    // kafkajs keeps what it knows of a password in the object that it was given with.
    const { sasl, ...secure } = kafka.secure;
    const wrong = { ...secure, connectionTimeout, sasl: { ...sasl, password: 'wrong' } };
    await expect(kafkaProbe(wrong).probe()).rejects.toThrow('authentication failed');
  });
});
