import { randomUUID } from 'node:crypto';
import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { redisIdempotency } from 'nestjs-reliable-kafka/redis';
import { leaseStoreContract } from 'nestjs-reliable-kafka/testing';
import { realServices } from '../../services/index.js';

const { url } = realServices().redis;
const context = { resolve: () => undefined, log: console };
describe('claims in Redis', () => {
  const store = redisIdempotency({ url, prefix: `contract:${randomUUID()}:` });
  beforeAll(() => store.open(context));
  afterAll(() => store.close());
  it.each(leaseStoreContract(() => ({ store, pass: (ms: number) => pass(ms) })))('$name', ({ run }) => run());
});
