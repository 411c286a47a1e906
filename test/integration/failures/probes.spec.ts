import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import type { Probe } from 'nestjs-reliable-kafka';
import { redisProbe } from 'nestjs-reliable-kafka/redis';
import { deliver } from 'nestjs-reliable-kafka/testing';
import { typeormProbe } from 'nestjs-reliable-kafka/typeorm';
import type { TypeormStore } from 'nestjs-reliable-kafka/typeorm';
import { DataSource } from 'typeorm';
import { sqliteKind } from '../../support/databases.js';
import { log, StoreTest } from '../../support/typeorm/stores.js';
import { pure } from '../nest/apps.js';

const nothing = (): never => {
  throw new Error('There is no such provider');
};

describe('a file of SQLite', () => {
  let setting: StoreTest;
  let store: TypeormStore;
  let probe: Probe;

  beforeEach(async () => {
    setting = await StoreTest.on(sqliteKind, { timeout: 0, enableWAL: false } as object);
    store = await setting.store();
    probe = typeormProbe(setting.dataSource);
    expect(await probe.open!({ resolve: nothing, log })).toEqual([]);
  });

  afterEach(() => setting.end());

  it('is not down while somebody writes to it', async () => {
    await setting.dataSource.query('BEGIN IMMEDIATE');
    await store.probe();
    await probe.probe();
    await setting.dataSource.query('ROLLBACK');
  });

  it('is down when it is damaged', async () => {
    await writeFile(String(setting.dataSource.options.database), 'this is no database '.repeat(1_000));
    await expect(store.probe()).rejects.toThrow(/not a database|malformed/);
    await expect(probe.probe()).rejects.toThrow(/not a database|malformed/);
  });
});

describe('the option `probes`', () => {
  @Controller()
  class Handlers {
    @EventPattern<string>('topic')
    handle(): void {}
  }

  async function refusals(...probes: Probe[]): Promise<unknown> {
    const app = await pure([Handlers], { options: { probes } });
    try {
      return await deliver(app, 'topic', {}).catch(({ problems }) =>
        problems.map(({ where, what }: any) => `${where}: ${what}`),
      );
    } finally {
      await app.close();
    }
  }

  it('refuses the start for probes that ask nobody, since they would call their backend down for ever', async () => {
    expect(
      await refusals(typeormProbe(), typeormProbe('LEDGER'), redisProbe({}), redisProbe({ token: 'CACHE' })),
    ).toEqual([
      'typeormProbe() dataSource: the application has no such DataSource',
      'typeormProbe() dataSource: the application has no such DataSource',
      'redisProbe(): nothing says which Redis',
      expect.stringMatching(/^redisProbe\(\): .*no provider CACHE/),
    ]);
  });

  it('refuses it for databases that are not there, or nobody else can see', async () => {
    const { driver } = (await sqliteKind.make()).options as { driver: unknown };
    const inMemory = new DataSource({ type: 'better-sqlite3', database: ':memory:', driver });
    expect(await refusals(typeormProbe(inMemory))).toEqual(['typeormProbe() dataSource: it is not initialized']);
    await inMemory.initialize();
    expect(await refusals(typeormProbe(inMemory))).toEqual([
      expect.stringMatching(/^typeormProbe\(\) dataSource: its database is in memory/),
    ]);
    await inMemory.destroy();
  });

  it('takes probes that have nothing to open', async () => {
    expect(await refusals({ backend: 'ledger', probe: async () => undefined })).toMatchObject({ kind: 'handled' });
  });
});
