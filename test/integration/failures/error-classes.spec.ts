import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ParseBoolPipe, ParseIntPipe, ParseUUIDPipe } from '@nestjs/common';
import { Cluster, Redis } from 'ioredis';
import { Redis as Redis6 } from 'ioredis-6';
import { Kafka, logLevel } from 'kafkajs';
import { DataSource } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';
import { sqliteKind } from '../../support/databases.js';
import { failureClass } from '../../support/failure-class.js';

/** Nobody listens there. */
const CLOSED = { host: '127.0.0.1', port: 1 };

describe('without a server', () => {
  const connecting = (options: object) => () => new DataSource(options as DataSourceOptions).initialize();
  const reading = (connect: () => unknown) => async () => {
    const client = connect() as Redis;
    client.on('error', () => {});
    try {
      await client.get('key');
    } finally {
      client.disconnect();
    }
  };
  const kafka = new Kafka({
    brokers: [`${CLOSED.host}:${CLOSED.port}`],
    retry: { retries: 1, initialRetryTime: 1 },
    logLevel: logLevel.NOTHING,
  });
  const alone = { ...CLOSED, retryStrategy: () => null };

  it.each<[what: string, work: () => unknown, expected: string]>([
    ['pg', connecting({ type: 'postgres', ...CLOSED }), 'infrastructure'],
    ['mysql2', connecting({ type: 'mariadb', ...CLOSED }), 'infrastructure: database'],
    ['ioredis 5', reading(() => new Redis({ ...CLOSED, maxRetriesPerRequest: 1 })), 'infrastructure: redis'],
    ['ioredis 6', reading(() => new Redis6({ ...CLOSED, maxRetriesPerRequest: 1 })), 'infrastructure: redis'],
    ['ioredis that does not try again', reading(() => new Redis(alone)), 'infrastructure: redis'],
    [
      'ioredis without a queue',
      reading(() => new Redis({ ...alone, enableOfflineQueue: false })),
      'infrastructure: redis',
    ],
    [
      'a cluster of ioredis',
      reading(() => new Cluster([CLOSED], { clusterRetryStrategy: () => null })),
      'infrastructure: redis',
    ],
    [
      'sentinels of ioredis',
      reading(() => new Redis({ sentinels: [CLOSED], name: 'master', sentinelRetryStrategy: () => null })),
      'infrastructure: redis',
    ],
    ['kafkajs, admin', () => kafka.admin().connect(), 'infrastructure: kafka'],
    ['kafkajs, producer', () => kafka.producer().connect(), 'infrastructure: kafka'],
    ['kafkajs, not connected', () => kafka.producer().send({ topic: 'a', messages: [] }), 'infrastructure: kafka'],
    ['fetch', () => fetch('http://127.0.0.1:1'), 'retriable'],
    ['fetch, of two addresses', () => fetch('http://localhost:1'), 'retriable'],
    ["Node's http", () => new Promise((_, reject) => get('http://127.0.0.1:1').on('error', reject)), 'infrastructure'],
  ])('%s', async (_what, work, expected) => {
    expect(await failureClass(work)).toBe(expected);
  });
});

describe('a server of somebody else', () => {
  const server = createServer(({ url, socket }, response) => {
    if (url === '/cut') socket.destroy();
    else if (url === '/half') response.writeHead(200, { 'content-length': 10 }).write('half', () => socket.destroy());
    else if (url !== '/never') response.writeHead(Number(url!.slice(1))).end();
  });
  let base: string;

  beforeAll(async () => {
    await once(server.listen(0, CLOSED.host), 'listening');
    base = `http://${CLOSED.host}:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const thrown = async (status: number) => {
    throw await fetch(`${base}/${status}`);
  };

  it.each<[what: string, work: () => unknown, expected: string]>([
    ['that cuts the connection', () => fetch(`${base}/cut`), 'retriable'],
    ['that cuts its answer', async () => (await fetch(`${base}/half`)).text(), 'retriable'],
    ['that takes too long', () => fetch(`${base}/never`, { signal: AbortSignal.timeout(50) }), 'retriable'],
    ['that nobody waits for any more', () => fetch(`${base}/never`, { signal: AbortSignal.abort() }), 'retriable'],
    ['that is overloaded', () => thrown(429), 'retriable'],
    ['that is broken', () => thrown(503), 'retriable'],
    ['that does not let us in', () => thrown(401), 'retriable'],
    ['that refuses the request', () => thrown(422), 'fatal'],
  ])('%s', async (_what, work, expected) => {
    expect(await failureClass(work)).toBe(expected);
  });
});

describe("Nest's pipes", () => {
  const nowhere = { type: 'body' } as const;

  it.each([new ParseIntPipe(), new ParseUUIDPipe(), new ParseBoolPipe()])('%p', async (pipe) => {
    expect(await failureClass(() => pipe.transform('no such thing', nowhere))).toBe('fatal');
  });
});

describe('better-sqlite3', () => {
  type Sqlite = { exec(sql: string): void; pragma(text: string): void; prepare(sql: string): any; close(): void };
  const Database = createRequire(import.meta.url)('../../extras/node_modules/better-sqlite3') as new (
    file: string,
    options?: object,
  ) => Sqlite;
  let folder: string;
  let one: Sqlite;
  let other: Sqlite;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reliable-kafka-sqlite-'));
    one = new Database(join(folder, 'test.db'), { timeout: 0 });
    other = new Database(join(folder, 'test.db'), { timeout: 0 });
    one.exec(`CREATE TABLE rows (id INTEGER PRIMARY KEY, name TEXT NOT NULL, amount INT CHECK (amount > 0)) STRICT;
      INSERT INTO rows VALUES (1, 'first', 1)`);
    await writeFile(join(folder, 'no.db'), 'this is no database '.repeat(100));
  });

  afterAll(async () => {
    other.close();
    await rm(folder, { recursive: true });
  });

  it.each<[what: string, work: () => unknown, expected: string]>([
    ['a lock', () => besideAnother(() => other.exec('BEGIN IMMEDIATE')), 'conflict'],
    ['a key that is taken', () => one.exec("INSERT INTO rows VALUES (1, 'again', 1)"), 'retriable'],
    ['a check', () => one.exec("INSERT INTO rows VALUES (2, 'second', 0)"), 'retriable'],
    ['a table that is missing', () => one.exec('SELECT * FROM nowhere'), 'retriable'],
    ['a null', () => one.exec('INSERT INTO rows (id) VALUES (2)'), 'fatal'],
    ['a value of another type', () => one.exec("INSERT INTO rows VALUES (2, 'second', 'much')"), 'fatal'],
    ['a key of another type', () => one.exec("INSERT INTO rows VALUES ('two', 'second', 1)"), 'fatal'],
    ['a value too large', () => one.prepare('SELECT length(zeroblob(?))').get(2 ** 31 - 1), 'fatal'],
    ['a file that may not be written', () => readOnly().exec('DELETE FROM rows'), 'infrastructure: database'],
    [
      'a file that is gone',
      () => new Database(join(folder, 'x.db'), { fileMustExist: true }),
      'infrastructure: database',
    ],
    [
      'a file of something else',
      () => new Database(join(folder, 'no.db')).exec('SELECT 1'),
      'infrastructure: database',
    ],
    ['a full disk', fill, 'infrastructure: database'],
    ['a connection that is closed', () => (one.close(), one.exec('SELECT 1')), 'infrastructure: database'],
  ])('%s', async (_what, work, expected) => {
    expect(await failureClass(work)).toBe(expected);
  });

  it('within TypeORM', async () => {
    const database = await sqliteKind.make();
    const dataSource = await new DataSource(database.options).initialize();
    await dataSource.query('CREATE TABLE rows (id INTEGER PRIMARY KEY, name TEXT NOT NULL)');
    expect(await failureClass(() => dataSource.query('INSERT INTO rows (id) VALUES (1)'))).toBe('fatal');
    await dataSource.destroy();
    expect(await failureClass(() => dataSource.query('SELECT 1'))).toBe('infrastructure: database');
    await database.end();
  });

  function besideAnother(work: () => void): void {
    one.exec('BEGIN IMMEDIATE');
    try {
      work();
    } finally {
      one.exec('ROLLBACK');
    }
  }

  function readOnly(): Sqlite {
    return new Database(join(folder, 'test.db'), { readonly: true });
  }

  function fill(): void {
    one.pragma('max_page_count = 2');
    one.prepare('INSERT INTO rows VALUES (3, ?, 1)').run('x'.repeat(100_000));
  }
});
