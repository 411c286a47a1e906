import { randomUUID } from 'node:crypto';
import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { redisIdempotency, type RedisIdempotencyOptions } from 'nestjs-reliable-kafka/redis';
import { leaseStoreContract } from 'nestjs-reliable-kafka/testing';
import type { LeaseStore } from '../../../libs/reliable-kafka/src/contracts/index.js';
import { realServices } from '../../services/index.js';
import { type ApplicationClient, VERSIONS } from './clients.js';
import { Lines } from './guarding.js';

const { url } = realServices().redis;

describe('claims in Redis, on a connection of their own', () => {
  contractOf(() => ({ url }));
});

describe.each(VERSIONS)('claims in Redis, on a client of ioredis $version', ({ connect }) => {
  let client: ApplicationClient;

  beforeAll(() => {
    client = connect(url);
  });

  afterAll(() => client.disconnect());

  contractOf(() => ({ client }));
});

function contractOf(options: () => RedisIdempotencyOptions): void {
  let store: LeaseStore;

  beforeAll(async () => {
    store = redisIdempotency({ ...options(), prefix: `contract:${randomUUID()}:` });
    expect(await store.open({ resolve: () => undefined, log: new Lines() })).toEqual([]);
  });

  afterAll(() => store.close());

  it.each(leaseStoreContract(() => ({ store, pass: (ms: number) => pass(ms) })))('$name', ({ run }) => run());
}
