import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { Redis } from 'ioredis';
import { Idempotent, type RecordContext } from 'nestjs-reliable-kafka';
import { redisIdempotency, setNx } from 'nestjs-reliable-kafka/redis';
import { deliver } from 'nestjs-reliable-kafka/testing';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../../apps/sms-demo/src/services/embedded-redis.js';
import { type Microservice, pure } from '../nest/apps.js';

interface Mail {
  readonly id: string;
  readonly to: string;
}

const sent: string[] = [];
let failures = 0;

@Controller()
class Mails {
  @EventPattern<string>('mails')
  @Idempotent(setNx({ key: 'id', fingerprint: ['to'], lease: 60_000 }))
  async send(@Payload() mail: Mail, @Ctx() ctx: RecordContext) {
    expect(ctx.signal.aborted).toBe(false);
    if (failures > 0) {
      failures--;
      throw new Error('no mail server');
    }
    sent.push(mail.id);
  }
}

describe('a handler behind setNx', () => {
  const REDIS = Symbol('REDIS');
  let redis: EmbeddedRedis;
  let client: Redis;
  let app: Microservice;

  beforeAll(async () => {
    redis = await startEmbeddedRedis();
    client = new Redis(redis.url);
    const providers = [{ provide: REDIS, useValue: client }];
    app = await pure([Mails], { providers, options: { idempotency: [redisIdempotency({ token: REDIS })] } });
  });

  afterAll(async () => {
    await app.close();
    client.disconnect();
    await redis.stop();
  });

  beforeEach(async () => {
    await client.flushall();
    sent.length = 0;
    failures = 0;
  });

  it('runs once per key, wherever in the topic that is', async () => {
    expect(await deliver(app, 'mails', { id: 'one', to: 'a' })).toEqual({ kind: 'handled' });
    expect(await deliver(app, 'mails', { id: 'one', to: 'a' }, { offset: 7n })).toEqual({ kind: 'duplicate' });
    expect(await deliver(app, 'mails', { id: 'two', to: 'a' }, { partition: 3 })).toEqual({ kind: 'handled' });
    expect(sent).toEqual(['one', 'two']);
  });

  it('runs again after it failed', async () => {
    failures = 1;
    expect(await deliver(app, 'mails', { id: 'one', to: 'a' })).toMatchObject({ kind: 'failed' });
    expect(await deliver(app, 'mails', { id: 'one', to: 'a' })).toEqual({ kind: 'handled' });
  });

  it('takes another message under a used key for an error of its producer', async () => {
    await deliver(app, 'mails', { id: 'one', to: 'a' });
    const other = await deliver(app, 'mails', { id: 'one', to: 'b' });
    expect(other).toMatchObject({ kind: 'failed', fatal: true });
    expect(sent).toEqual(['one']);
  });
});

it.each([
  { what: 'no Redis', idempotency: [redisIdempotency({})], told: 'redisIdempotency: nothing says which Redis' },
  { what: 'no store', idempotency: [], told: 'Mails.send @Idempotent(setNx): there is no store for it' },
])('is not consumed for with $what: a start-up problem', async ({ idempotency, told }) => {
  const app = await pure([Mails], { options: { idempotency } });
  await expect(deliver(app, 'mails', { id: 'one', to: 'a' })).rejects.toThrow(told);
  await app.close();
});
