import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { redisIdempotency } from 'nestjs-reliable-kafka/redis';
import type { LeaseStore, OpenGuard } from '../../../libs/reliable-kafka/src/contracts/index.js';
import { until } from '../../services/wait.js';
import { RedisServer } from '../../support/redis-server.js';
import { type ApplicationClient, VERSIONS } from './clients.js';
import { attemptAt, guardOver, Lines } from './guarding.js';

/** Of a command; the test bounds it generously, since a client without one of its own takes ten seconds, or for ever. */
const TIMEOUT = 300;
const BOUND = 5_000;
const RECORDS = 50;

let server: RedisServer;
let store: LeaseStore;
let guard: OpenGuard;
let ends: (() => unknown)[];
let runs: number;

beforeEach(async () => {
  server = await RedisServer.start();
  ends = [() => server[Symbol.asyncDispose]()];
  runs = 0;
});

afterEach(async () => {
  for (const end of ends.toReversed()) await end();
});

async function open(made: LeaseStore, lines = new Lines()): Promise<void> {
  store = made;
  ends.push(() => store.close());
  expect(await store.open({ resolve: () => undefined, log: lines })).toEqual([]);
  guard = await guardOver(store);
}

function ofApplication(connect: (url: string, options: object) => ApplicationClient, options: object) {
  const client = connect(server.url, options);
  ends.push(() => client.disconnect());
  return client;
}

const record = (key: string) => attemptAt(key, () => (runs++, { kind: 'handled' }));

/** Rejects in time, and nothing has run. */
async function failsClosed(): Promise<void> {
  const begun = performance.now();
  const attempts = Array.from({ length: RECORDS }, (_, i) => guard.run(record(`key ${i}`)));
  for (const { status } of await Promise.allSettled(attempts)) expect(status).toBe('rejected');
  expect(performance.now() - begun).toBeLessThan(BOUND);
  expect(runs).toBe(0);
}

const worksAgain = () =>
  until('an outcome', async () => (await guard.run(record('another key'))).kind === 'handled', { within: 20_000 });

const failureOf = (key: string) => guard.run(record(key)).then(String, String);

/** Asks in passing. */
async function isBusy(key: string): Promise<boolean> {
  const claim = await store.claim({ scope: 'scope', key: `key:${key}`, fingerprint: undefined }, 'another', 1);
  return claim.status === 'busy' && claim.retryInMs > 1;
}

describe('a connection of its own', () => {
  let admin: Redis;

  beforeEach(() => {
    admin = new Redis(server.url);
    admin.on('error', () => {});
    ends.push(() => admin.disconnect());
  });

  /** The number that the server gives the store's connection; a new one has another. */
  async function connection(): Promise<string | undefined> {
    const clients = String(await admin.client('LIST')).split('\n');
    return clients.find((line) => line.includes('name=nestjs-reliable-kafka '))?.match(/id=(\d+)/)?.[1];
  }

  const isAnotherThan = (before: string | undefined) =>
    until('another connection', async () => ![before, undefined].includes(await connection()), { within: 20_000 });

  it('fails what is under way when Redis cannot be connected to again, before its time', async () => {
    await open(redisIdempotency({ url: server.url, commandTimeout: 2 * BOUND }));
    server.suspend();
    const attempt = guard.run(record('key'));
    await server.kill();
    const begun = performance.now();
    await expect(attempt).rejects.toThrow('Redis: ');
    expect(performance.now() - begun).toBeLessThan(BOUND);
  });

  it('is given up for another when it falls silent', async () => {
    await open(redisIdempotency({ url: server.url, commandTimeout: TIMEOUT }));
    const before = await connection();
    server.suspend();
    await failsClosed();
    server.resume();
    await isAnotherThan(before);
  });

  it('is given up for another when its master has become a replica', async () => {
    await open(redisIdempotency({ url: server.url }));
    const before = await connection();
    await admin.replicaof('127.0.0.1', 1);
    await expect(guard.run(record('key'))).rejects.toThrow('Redis: READONLY');
    await isAnotherThan(before);
  });
});

/** What an application may have configured, the worst of it included. */
const CLIENTS = VERSIONS.flatMap(({ version, connect }) =>
  [{}, { maxRetriesPerRequest: null }, { autoResendUnfulfilledCommands: false }].map((options) => ({
    what: `ioredis ${version} with ${JSON.stringify(options)}`,
    make: () => redisIdempotency({ client: ofApplication(connect, options), commandTimeout: TIMEOUT }),
  })),
);

describe.each([
  { what: 'a connection of its own', make: () => redisIdempotency({ url: server.url, commandTimeout: TIMEOUT }) },
  ...CLIENTS,
])('a store on $what', ({ make }) => {
  beforeEach(() => open(make()));

  it('fails closed and in time while Redis hangs, and works again afterwards', async () => {
    server.suspend();
    await failsClosed();
    server.resume();
    await worksAgain();
  });

  it('fails closed and in time while Redis is down, and works again afterwards', async () => {
    await server.kill();
    await failsClosed();
    await server.start();
    await worksAgain();
  });

  it('does later nothing that was given up while there was no connection', async () => {
    await server.kill();
    await until('the end of the connection', async () => (await failureOf('first')).includes('no connection'), {
      within: 20_000,
    });
    await failsClosed();
    await server.start();
    await worksAgain();
    for (let i = 0; i < RECORDS; i++) expect(await isBusy(`key ${i}`)).toBe(false);
  });
});

describe('a store whose claim was not answered in time', () => {
  it('does not stand in its own way: the next attempt at the record has that claim', async () => {
    await open(redisIdempotency({ url: server.url, commandTimeout: TIMEOUT }));
    const attempt = record('key');
    server.suspend();
    await expect(guard.run(attempt)).rejects.toThrow(`Redis: no answer within ${TIMEOUT} ms`);
    server.resume();
    await until('the claim that nobody waits for', async () => isBusy('key'), { within: 20_000 });
    expect(await guard.run(attempt)).toEqual({ kind: 'handled' });
    expect(runs).toBe(1);
  });
});

describe('a handler whose renewals are not answered', () => {
  it('is told when its lease is over, and has no outcome', async () => {
    await open(redisIdempotency({ url: server.url, commandTimeout: TIMEOUT }));
    guard = await guardOver(store, 900);
    const running = guard.run(
      attemptAt('key', async ({ signal }) => {
        server.suspend();
        await new Promise((told) => signal!.addEventListener('abort', told));
        return { kind: 'handled' };
      }),
    );
    await expect(running).rejects.toThrow('Redis: no answer');
  });
});
