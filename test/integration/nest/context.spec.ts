import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, KafkaContext, KafkaRequestDeserializer, Payload } from '@nestjs/microservices';
import { OrderedBy, RECORD_KEY } from 'nestjs-reliable-kafka';
import type { RecordContext, ReliableKafkaOptions } from 'nestjs-reliable-kafka';
import { deliver } from 'nestjs-reliable-kafka/testing';
import type { DeliverOptions } from 'nestjs-reliable-kafka/testing';
import { pure } from './apps.js';
import type { Microservice } from './apps.js';

describe('The context of a record', () => {
  let app: Microservice;

  afterEach(() => app.close());

  async function given(payload: unknown, delivery: DeliverOptions = {}, options: Partial<ReliableKafkaOptions> = {}) {
    let seen: { payload: unknown; context: RecordContext } | undefined;
    @Controller()
    class Looking {
      @EventPattern<string>('topic')
      @OrderedBy(RECORD_KEY)
      handle(@Payload() one: unknown, @Ctx() context: RecordContext): void {
        seen = { payload: one, context };
      }
    }
    app = await pure([Looking], { options });
    const outcome = await deliver(app, 'topic', payload, delivery);
    return { ...seen!, outcome };
  }

  it("is Nest's KafkaContext: message, partition and topic as ServerKafka gives them", async () => {
    const { context } = await given(
      { id: 1 },
      { key: '{"user":7}', headers: { trace: 'abc' }, partition: 3, offset: 42n, timestamp: 5 },
    );
    expect(context).toBeInstanceOf(KafkaContext);
    expect(context.getMessage()).toMatchObject({
      key: { user: 7 },
      value: { id: 1 },
      headers: { trace: 'abc' },
      offset: '42',
      partition: 3,
      topic: 'topic',
      timestamp: '5',
    });
    expect(context.getPartition()).toBe(3);
    expect(context.getTopic()).toBe('topic');
    expect(context.getArgByIndex(2)).toBe('topic');
    expect(context.getArgs()).toHaveLength(6);
    await expect(context.getHeartbeat()()).resolves.toBeUndefined();
  });

  it('knows attempt, message id, handler and signal', async () => {
    const { signal } = new AbortController();
    const { context } = await given({}, { attempt: 4, headers: { 'message-id': Buffer.from('m-1') }, signal });
    expect(context).toMatchObject({ attempt: 4, messageId: 'm-1', handler: 'Looking.handle', recovered: false });
    expect(context.signal).toBe(signal);
  });

  it('commits its own record, as one or the other counts offsets, and nothing else', async () => {
    @Controller()
    class Committing {
      @EventPattern<string>('topic')
      async handle(@Payload() offset: string, @Ctx() context: RecordContext): Promise<void> {
        await context.getConsumer().commitOffsets([{ topic: 'topic', partition: 0, offset }]);
      }
    }
    app = await pure([Committing]);
    expect(await deliver(app, 'topic', '5', { offset: 5n })).toEqual({ kind: 'handled' });
    expect(await deliver(app, 'topic', '6', { offset: 5n })).toEqual({ kind: 'handled' });
    expect(await deliver(app, 'topic', '7', { offset: 5n })).toMatchObject({
      error: { message: expect.stringContaining('call ctx.acknowledge()') },
    });
  });

  it('refuses what would disturb other records, with the remedy', async () => {
    const { context } = await given({});
    expect(() => context.getConsumer().seek({ topic: 'topic', partition: 0, offset: '0' })).toThrow(
      'ConsumerControl.seek()',
    );
    expect(() => context.getConsumer().pause([{ topic: 'topic' }])).toThrow('ConsumerControl.pause()');
    expect(() => context.getConsumer().disconnect()).toThrow('close the application');
    expect(() => context.getProducer().transaction()).toThrow('ReliableKafkaProducer');
  });
});

describe('A payload', () => {
  async function payloadOf(value: unknown, options: Partial<ReliableKafkaOptions> = {}): Promise<unknown> {
    let seen: unknown = 'never called';
    @Controller()
    class Looking {
      @EventPattern<string>('topic')
      handle(@Payload() payload: unknown): void {
        seen = payload;
      }
    }
    const app = await pure([Looking], { options });
    await deliver(app, 'topic', value).finally(() => app.close());
    return seen;
  }

  it("is what Nest's parser makes of the value; a tombstone is null", async () => {
    expect(await payloadOf({ a: 1 })).toEqual({ a: 1 });
    expect(await payloadOf('[1]')).toEqual([1]);
    expect(await payloadOf('text')).toBe('text');
    expect(await payloadOf('{broken')).toBe('{broken');
    expect(await payloadOf(Buffer.from([0, 1]))).toEqual(Buffer.from([0, 1]));
    expect(await payloadOf(null)).toBeNull();
    expect(await payloadOf({ a: 1 }, { parser: { keepBinary: true } })).toEqual(Buffer.from('{"a":1}'));
  });

  it('is what a deserializer makes of it, at once or later', async () => {
    const deserialize = (message: { value: object; headers: object }) => ({ data: { ...message.value, read: true } });
    expect(await payloadOf({ a: 1 }, { deserializer: { deserialize } })).toEqual({ a: 1, read: true });
    const later = { deserialize: async (message: never) => deserialize(message) };
    expect(await payloadOf({ a: 1 }, { deserializer: later })).toEqual({ a: 1, read: true });
    expect(await payloadOf(null, { deserializer: new KafkaRequestDeserializer() })).toBeNull();
  });

  it('cannot be delivered when the deserializer throws', async () => {
    const deserialize = () => {
      throw new Error('schema 7 is unknown');
    };
    await expect(payloadOf({}, { deserializer: { deserialize } })).rejects.toThrow('schema 7 is unknown');
  });
});
