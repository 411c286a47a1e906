import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { redisIdempotency } from 'nestjs-reliable-kafka/redis';
import { leaseStoreContract } from 'nestjs-reliable-kafka/testing';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../../apps/sms-demo/src/services/embedded-redis.js';
import type { LeaseStore } from '../../../libs/reliable-kafka/src/contracts/index.js';

describe('claims in the embedded Redis', () => {
  const lines: string[] = [];
  let redis: EmbeddedRedis;
  let store: LeaseStore;

  beforeAll(async () => {
    redis = await startEmbeddedRedis();
    store = redisIdempotency({ url: redis.url });
    const line = (message: string) => void lines.push(message);
    expect(await store.open({ resolve: () => undefined, log: { log: line, warn: line, error: line } })).toEqual([]);
  });

  afterAll(async () => {
    await store.close();
    await redis.stop();
  });

  it('start without a warning', () => {
    expect(lines).toEqual([]);
  });

  it.each(leaseStoreContract(() => ({ store, pass: (ms: number) => pass(ms) })))('$name', ({ run }) => run());

  it('outlive its scripts (SCRIPT FLUSH)', async () => {
    const key = { scope: 'scope', key: 'flushed', fingerprint: undefined };
    const admin = new Redis(redis.url);
    await store.claim(key, 'owner', 60_000);
    await admin.script('FLUSH');
    expect(await store.complete(key, 'owner', 60_000, undefined)).toBe(true);
    admin.disconnect();
  });
});
