import { Controller } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import {
  CommitAfter,
  ConsumerControl,
  DeadLetter,
  DeadLetterRepublishError,
  FatalError,
  fixed,
  Handler,
  OrderedBy,
  Retry,
} from 'nestjs-reliable-kafka';
import type { DeadLetterEntry, RecordContext } from 'nestjs-reliable-kafka';
import { barrier } from './consumers.js';
import { type AppSettings, committedOffsets, type DeadLetterApp, deadLetterApp, recordsIn } from './dead-letter-app.js';

/** A Kafka with a topic `topic` of two partitions, and nothing else. */
export interface DeadLetterGround {
  readonly brokers: string[];
  readonly topic: string;
  stop(): Promise<void>;
}

interface Order {
  readonly user: string;
  readonly id: number;
  readonly wish?: 'fail' | 'fatal' | 'reject';
}

/** What becomes of records that cannot be handled, through real handlers. */
export function describeDeadLetters(kafka: string, start: () => Promise<DeadLetterGround>): void {
  describe(`dead letters on ${kafka}`, () => {
    let ground: DeadLetterGround;
    let topic: string;
    let dlt: string;
    let handled: Order[];
    /** Whether a record that wishes to fail does. */
    let isIll: boolean;
    const apps: DeadLetterApp[] = [];

    beforeEach(async () => {
      ground = await start();
      topic = ground.topic;
      dlt = `${topic}-dlt`;
      handled = [];
      isIll = true;
    });

    afterEach(async () => {
      for (const { app } of apps.splice(0)) await app.close();
      await ground.stop();
    });

    async function serving(controllers: Type[], more: Partial<AppSettings> = {}): Promise<DeadLetterApp> {
      const app = await deadLetterApp(controllers, { brokers: ground.brokers, group: `g-${topic}`, ...more });
      apps.push(app);
      return app;
    }

    async function leave(app: DeadLetterApp): Promise<void> {
      apps.splice(apps.indexOf(app), 1);
      await app.app.close();
    }

    function orders() {
      @Controller()
      class Orders {
        @EventPattern<string>(topic)
        @OrderedBy<Order>('user')
        @CommitAfter('record')
        @Retry({ attempts: 3, backoff: fixed(1) })
        @DeadLetter(dlt)
        async handle(@Payload() order: Order, @Ctx() ctx: RecordContext): Promise<void> {
          if (isIll && order.wish === 'fatal') throw new FatalError('never');
          if (isIll && order.wish === 'reject') return ctx.reject('nobody wants it');
          if (isIll && order.wish === 'fail') throw new Error(`attempt ${ctx.attempt}`);
          handled.push(order);
        }
      }
      return Orders;
    }

    const send = (app: DeadLetterApp, ...all: Order[]) =>
      app.producer.send(
        topic,
        all.map((value) => ({ value, orderedBy: value.user, headers: { trace: `t${value.id}` } })),
      );

    const openIds = async ({ deadLetters }: DeadLetterApp) =>
      (await deadLetters.list({ state: 'open' })).letters.map(idIn).toSorted((a, b) => a - b);
    const idIn = ({ record }: DeadLetterEntry): number => JSON.parse(String(record.value)).id;
    const allCommitted = async (count: number) => {
      const offsets = await committedOffsets(ground.brokers, `g-${topic}`, topic);
      return offsets.reduce((sum, offset) => sum + Math.max(0, Number(offset)), 0) === count;
    };

    it('are made of what fails too often, is fatal, or is rejected; offsets pass, and later records of the key go on', async () => {
      const app = await serving([orders()]);
      await send(
        app,
        { user: 'a', id: 1, wish: 'fail' },
        { user: 'a', id: 2 },
        { user: 'b', id: 3, wish: 'fatal' },
        { user: 'c', id: 4, wish: 'reject' },
        { user: 'c', id: 5 },
      );
      await app.event('committed', () => handled.length === 2 && app.count('dead-lettered') === 3);
      const { letters } = await app.deadLetters.list();
      const told = letters.map((letter) => {
        const { reason, attempts, error, orderingKey, handler, label, group, state } = letter;
        return [
          idIn(letter),
          reason,
          attempts,
          error.name,
          error.message,
          orderingKey,
          handler,
          label,
          group,
          state.status,
        ];
      });
      const whose = ['', 'Orders.handle', `g-${topic}`, 'open'];
      expect(told.toSorted()).toEqual([
        [1, 'attempts', 3, 'Error', 'attempt 3', 'a', ...whose],
        [3, 'fatal', 1, 'FatalError', 'never', 'b', ...whose],
        [4, 'rejected', 1, 'RejectedError', 'nobody wants it', 'c', ...whose],
      ]);
      const stored = await recordsIn(ground.brokers, dlt);
      for (const { record, place } of letters) {
        expect(place.partition).toBe(record.partition);
        expect(
          stored.some(({ partition, value }) => partition === record.partition && value!.equals(record.value!)),
        ).toBe(true);
        expect(String(record.headers!.trace)).toMatch(/^t\d$/);
        expect(await app.deadLetters.get(letters[0]!.id)).toEqual(letters[0]);
      }
    });

    it('keep the bytes of what cannot be decoded, and what follows it goes on', async () => {
      const deserializer = {
        deserialize: ({ value }: { value: unknown }) => {
          if (typeof value === 'string') throw new Error('no JSON');
          return { pattern: topic, data: value };
        },
      };
      const app = await serving([orders()], { options: { deserializer } });
      const bytes = Buffer.from([0x80, 0xff, 0x7b, 0x00]);
      await app.producer.send<unknown>(topic, [
        { value: bytes, partition: 0 },
        { value: { user: 'a', id: 2 }, partition: 0 },
        { value: { id: 3 }, partition: 0 },
      ]);
      await app.event('committed', ({ offset }) => offset === 3n);
      const { letters } = await app.deadLetters.list();
      expect(letters.map(({ reason, record: { value } }) => [reason, value!.toString('latin1')])).toEqual([
        ['undecodable', bytes.toString('latin1')],
        ['undecodable', '{"id":3}'],
      ]);
      expect(handled.map(({ id }) => id)).toEqual([2]);
    });

    it('come before the offset passes, and so do the actions of onDead: one that fails stops the partition until it succeeds', async () => {
      const failed = barrier();
      const acted: string[] = [];
      let isDown = true;
      const app = await serving([orders()], {
        prepare: (deadLetters) => {
          deadLetters.onDead(({ record }) => acted.push(`told ${JSON.parse(String(record.value)).id}`));
          deadLetters.onDead(async ({ record }) => {
            if (isDown) {
              failed.open();
              throw new Error('no ledger');
            }
            acted.push(`compensated ${JSON.parse(String(record.value)).id}`);
          });
        },
      });
      await app.producer.send<unknown>(topic, [
        { value: { user: 'a', id: 1, wish: 'fatal' }, partition: 0 },
        { value: { user: 'a', id: 2 }, partition: 0 },
      ]);
      await failed.opened;
      const began = await app.event('outage-began');
      expect(String(began.error)).toContain('An action of onDead failed');
      expect([await allCommitted(0), handled, acted]).toEqual([true, [], ['told 1']]);
      isDown = false;
      await app.event('outage-ended');
      await app.event('committed', ({ offset }) => offset === 2n);
      expect(acted).toEqual(['told 1', 'compensated 1']);
      expect(await recordsIn(ground.brokers, dlt)).toHaveLength(1);
    });

    it('are one letter, however many copies there are', async () => {
      const app = await serving([orders()]);
      await app.producer.send(topic, [{ value: { user: 'a', id: 1, wish: 'fatal' }, partition: 0 }]);
      await app.event('committed', ({ offset }) => offset === 1n);
      await app.app.get(ConsumerControl).seek({ topic, partition: 0, offset: 0 });
      await app.event('dead-lettered', () => app.count('dead-lettered') === 2);
      expect(await recordsIn(ground.brokers, dlt)).toHaveLength(2);
      expect(await openIds(app)).toEqual([1]);
    });

    it('are replayed by publishing them once more, when that is asked for: for their handler alone, in order, once', async () => {
      const audited: Order[] = [];
      @Controller()
      class Audit {
        @EventPattern<string>(topic)
        @Handler('audit')
        @OrderedBy<Order>('user')
        handle(@Payload() order: Order): void {
          audited.push(order);
        }
      }
      const app = await serving([orders(), Audit]);
      const all: Order[] = [1, 2, 3].map((id) => ({ user: 'a', id, wish: 'fatal' }));
      await send(app, ...all, { user: 'b', id: 4, wish: 'fatal' });
      await app.event('dead-lettered', () => app.count('dead-lettered') === 4);
      const { letters } = await app.deadLetters.list();
      const refused = app.deadLetters.replay({});
      await expect(refused).rejects.toThrow(DeadLetterRepublishError);
      await expect(refused).rejects.toMatchObject({ recipients: [{ topic, groups: [`g-${topic}`] }] });
      expect(await app.deadLetters.replay({}, { dryRun: true })).toMatchObject({
        done: 4,
        recipients: [{ topic, groups: [`g-${topic}`] }],
      });

      isIll = false;
      const one = letters.find((letter) => idIn(letter) === 4)!;
      expect(await app.deadLetters.replay(one.id, { republish: true, by: 'me' })).toEqual({ done: 1, skipped: [] });
      expect(await app.deadLetters.replay({}, { republish: true })).toEqual({ done: 3, skipped: [] });
      await app.event('committed', () => handled.length === 4);
      expect(handled.map(({ id }) => id).filter((id) => id < 4)).toEqual([1, 2, 3]);
      expect(audited.map(({ id }) => id).toSorted()).toEqual([1, 2, 3, 4]);
      expect(await openIds(app)).toEqual([]);
      expect((await app.deadLetters.get(one.id))!.state).toMatchObject({ status: 'replayed', by: 'me' });

      expect(await app.deadLetters.replay(one.id, { republish: true })).toMatchObject({
        done: 0,
        skipped: [{ id: one.id }],
      });
      expect(await app.deadLetters.replay(one.id, { republish: true, force: true })).toMatchObject({ done: 1 });
      await app.event('committed', () => handled.length === 5);
    });

    it('are open again when they die in their replay, as the same letter', async () => {
      const app = await serving([orders()]);
      await send(app, { user: 'a', id: 1, wish: 'fatal' });
      await app.event('dead-lettered');
      const [letter] = (await app.deadLetters.list()).letters;
      await app.deadLetters.replay({}, { republish: true });
      await app.event('dead-lettered', () => app.count('dead-lettered') === 2);
      const { letters } = await app.deadLetters.list();
      expect(letters).toMatchObject([
        { id: letter!.id, record: { offset: 0n, headers: letter!.record.headers }, state: { status: 'open' } },
      ]);
      isIll = false;
      expect(await app.deadLetters.replay({}, { republish: true })).toMatchObject({ done: 1 });
      await app.event('committed', () => handled.length === 1);
      expect(await openIds(app)).toEqual([]);
    });

    it('are discarded with a reason, which survives a restart', async () => {
      const first = await serving([orders()]);
      await send(first, { user: 'a', id: 1, wish: 'fatal' }, { user: 'b', id: 2, wish: 'reject' });
      await first.event('committed', () => first.count('dead-lettered') === 2);
      expect(await first.deadLetters.discard({ reason: 'rejected' }, 'a test order', { by: 'me' })).toEqual({
        done: 1,
        skipped: [],
      });
      await leave(first);
      const second = await serving([orders()]);
      expect(await openIds(second)).toEqual([1]);
      const { letters } = await second.deadLetters.list({ state: 'discarded' });
      expect(letters).toMatchObject([{ reason: 'rejected', state: { by: 'me', why: 'a test order' } }]);
      expect(await second.deadLetters.replay(letters[0]!.id, { republish: true })).toMatchObject({ done: 0 });
    });

    it('have a topic that is made as the source is, with room for the headers', async () => {
      await serving([orders()]);
      const admin = new Kafka({ brokers: ground.brokers, logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic, dlt] });
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [topic, dlt].map((name) => ({ type: 2, name, configNames: ['max.message.bytes'] })),
      });
      await admin.disconnect();
      const [source, dead] = [topic, dlt].map((name) => topics.find((one) => one.name === name)!);
      expect(dead!.partitions).toHaveLength(2);
      expect(dead!.partitions[0]!.replicas).toHaveLength(source!.partitions[0]!.replicas.length);
      const [small, large] = [topic, dlt].map((name) =>
        Number(resources.find(({ resourceName }) => resourceName === name)!.configEntries[0]!.configValue),
      );
      expect(large).toBe(small! + 64 * 1024);
    });
  });
}
