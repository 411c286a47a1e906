import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Outbox } from 'nestjs-reliable-kafka/typeorm';
import { OutsideTransactionError } from 'nestjs-reliable-kafka/typeorm';
import type { DataSource, EntityManager, EntitySubscriberInterface } from 'typeorm';
import { slotOf } from '../../../libs/reliable-kafka/src/typeorm/outbox/by-slot.js';
import { queryOf } from '../../../libs/reliable-kafka/src/typeorm/outbox/outbox-database.js';
import { rowOf } from '../../../libs/reliable-kafka/src/typeorm/outbox/rows.js';
import type { RecordRow } from '../../../libs/reliable-kafka/src/typeorm/outbox/sql/index.js';
import { Barrier } from '../barrier.js';
import type { DatabaseKind } from '../databases.js';
import { Effect, HOUR, newKey, transact } from '../typeorm/stores.js';
import { json, OutboxTest } from './outbox-test.js';

const SLOTS = 16;
const slotOfKey = (orderedBy: string) => slotOf(rowOf('t', { value: 0, orderedBy }, json) as RecordRow, SLOTS)!;
/** Two keys that do not share a slot, the one with the lower slot first. */
const [LOW, HIGH] = ['a', 'b', 'c', 'd', 'e']
  .sort((a, b) => slotOfKey(a) - slotOfKey(b))
  .filter((_, i) => i % 4 === 0) as [string, string];

/** What is added to an outbox, and when it is published. */
export function describeOutbox(kind: DatabaseKind): void {
  describe(`the outbox in ${kind.name}`, () => {
    let test: OutboxTest;
    let outbox: Outbox;
    let dataSource: DataSource;
    beforeEach(async () => {
      test = await OutboxTest.on(kind);
      ({ dataSource } = test);
      outbox = await test.outbox();
    });
    afterEach(() => test.end());

    const add = (manager: EntityManager, value: string, orderedBy = 'key') =>
      outbox.add(manager, 't', { value, orderedBy });

    it('publishes what a transaction added, in the order of the calls, when it has committed', async () => {
      await dataSource.transaction(async (manager) => {
        for (const value of ['1', '2', '3']) add(manager, value);
        await manager.insert(Effect, { id: 'effect' });
        expect(await test.rows()).toBe(0);
      });
      expect(await test.rows()).toBe(3);
      expect((await outbox.backlog()).waiting).toBe(3);
      expect(await test.published(3)).toEqual(['1', '2', '3']);
    });

    it('keeps everything of a message that the producer would send', async () => {
      const before = Date.now();
      await dataSource.transaction(async (manager) => {
        const headers = { h: ['x', Buffer.from([0, 255])] };
        outbox.add(manager, 'orders', { value: 'v', orderedBy: 7n, partition: 3, headers, id: 'id-1' });
        outbox.add(manager, 'orders', { value: 'w' });
      });
      await test.published(2);
      const [full, bare] = test.kafka.records.toSorted((a, b) => (a.partition ?? 9) - (b.partition ?? 9));
      expect(full).toEqual({
        topic: 'orders',
        partition: 3,
        key: Buffer.from('7'),
        value: Buffer.from('"v"'),
        headers: { h: ['x', Buffer.from([0, 255])], 'message-id': 'id-1' },
        timestamp: expect.any(String),
      });
      expect(Number(full!.timestamp)).toBeGreaterThanOrEqual(before);
      expect(bare).toMatchObject({ partition: undefined, key: null, headers: { 'message-id': expect.any(String) } });
    });

    it('publishes nothing of a transaction that is rolled back', async () => {
      const failed = dataSource.transaction(async (manager) => {
        add(manager, 'never');
        throw new Error('of the work');
      });
      await expect(failed).rejects.toThrow('of the work');
      await dataSource.transaction(async (manager) => add(manager, 'ever'));
      expect(await test.published(1)).toEqual(['ever']);
    });

    it('forgets what a nested transaction added that is rolled back, and keeps what one added that is not', async () => {
      await dataSource.transaction(async (manager) => {
        add(manager, 'before');
        await manager
          .transaction(async (nested) => {
            add(nested, 'gone');
            await nested.transaction(async (inner) => add(inner, 'gone with it'));
            throw new Error('of the nested one');
          })
          .catch(() => undefined);
        await manager.transaction(async (nested) => add(nested, 'kept'));
        add(manager, 'after');
      });
      expect(await test.published(3)).toEqual(['before', 'kept', 'after']);
    });

    it('writes when the outermost transaction commits, and not when nested ones do', async () => {
      await dataSource.transaction(async (manager) => {
        await manager.transaction(async (nested) => add(nested, 'nested'));
        const [{ count }] = await manager.query(
          `SELECT COUNT(*) AS count FROM ${test.setting.table('reliable_kafka_outbox')}`,
        );
        expect(Number(count)).toBe(0);
      });
      expect(await test.rows()).toBe(1);
    });

    it('a transaction that lost its connection leaves nothing behind for the next one', async () => {
      const runner = dataSource.createQueryRunner();
      await runner.startTransaction();
      add(runner.manager, 'lost');
      // As a connection that breaks: TypeORM is told of no end.
      await runner.query('ROLLBACK');
      Object.assign(runner, { isTransactionActive: false, transactionDepth: 0 });
      await runner.startTransaction();
      add(runner.manager, 'next');
      await runner.commitTransaction();
      await runner.release();
      expect(await test.published(1)).toEqual(['next']);
    });

    it('refuses a manager without a transaction, one whose transaction is over, and one of another DataSource', async () => {
      expect(() => add(dataSource.manager, 'x')).toThrow(OutsideTransactionError);
      expect(() => add(dataSource.manager, 'x')).toThrow('dataSource.transaction(manager => …)');
      let over!: EntityManager;
      await dataSource.transaction(async (manager) => void (over = manager));
      expect(() => add(over, 'x')).toThrow(OutsideTransactionError);
      const other = await test.setting.other();
      await other.transaction(async (manager) => {
        expect(() => add(manager, 'x')).toThrow('another DataSource');
      });
    });

    it('takes what subscribers add before the commit, and refuses what comes too late', async () => {
      let late: unknown;
      const subscriber: EntitySubscriberInterface = {
        beforeTransactionCommit: async ({ manager }) => {
          add(manager, 'of a subscriber');
          await manager.query('SELECT 1');
          try {
            add(manager, 'too late');
          } catch (error) {
            late = error;
          }
        },
      };
      dataSource.subscribers.push(subscriber);
      await dataSource.transaction(async (manager) => add(manager, 'of the work'));
      dataSource.subscribers.splice(dataSource.subscribers.indexOf(subscriber), 1);
      expect(String(late)).toContain('is being committed');
      expect(await test.published(2)).toEqual(['of the work', 'of a subscriber']);
    });

    it('a serializer that fails makes the commit fail, or the call where it can tell at once', async () => {
      const serialize = async () => {
        throw new Error('no schema');
      };
      const broken = await test.outbox({ dataSource: await test.setting.other() }, { serialize });
      const other = broken['known'].database.dataSource;
      const failed = other.transaction(async (manager) => {
        broken.add(manager, 't', { value: 1 });
        await manager.insert(Effect, { id: 'never' });
      });
      await expect(failed).rejects.toThrow('no schema');
      expect(await test.setting.effects()).toEqual([]);
    });

    describe('in a handler behind a guard', () => {
      it('is part of its transaction', async () => {
        const store = await test.setting.store();
        const handle = (value: string, commit: boolean) =>
          transact(store, async (transaction) => {
            await transaction.claim(newKey(), HOUR);
            await transaction.within(async () => add(transaction.manager, value));
            return { commit, value: undefined };
          });
        await handle('rolled back', false);
        await handle('committed', true);
        expect(await test.published(1)).toEqual(['committed']);
      });

      it('of a batch, a handler that fails takes what it added with it, whether or not it has written', async () => {
        const store = await test.setting.store();
        await transact(store, async (transaction) => {
          await transaction.claimAll([newKey()], HOUR);
          const handle = (value: string, commit: boolean, writes: boolean) =>
            transaction.savepoint(async () => {
              add(transaction.manager, value);
              if (writes) await transaction.manager.insert(Effect, { id: value });
              return { commit, value: undefined };
            });
          await handle('first', true, true);
          await handle('failed', false, true);
          await handle('failed without a write', false, false);
          await handle('last', true, false);
          return { commit: true, value: undefined };
        });
        expect(await test.setting.effects()).toEqual(['first']);
        expect(await test.published(2)).toEqual(['first', 'last']);
      });
    });

    if (kind.name !== 'SQLite') {
      /** Adds in two transactions at once; the second one begins to add first, and commits last. */
      async function overlapping(
        addTo: (manager: EntityManager, value: string, orderedBy: string) => Promise<unknown>,
      ) {
        const [added, committed] = [new Barrier(), new Barrier()];
        const slow = dataSource.transaction(async (manager) => {
          await addTo(manager, 'committed last', 'key');
          added.open();
          await committed.passed;
        });
        await added.passed;
        await dataSource.transaction((manager) => addTo(manager, 'committed first', 'key'));
        committed.open();
        await slow;
        return test.published(2);
      }

      it('publishes records of one key in the order in which their transactions commit', async () => {
        expect(await overlapping(async (manager, value) => add(manager, value))).toEqual([
          'committed first',
          'committed last',
        ]);
      });

      it('control: records that are numbered when they are added are published in another order', async () => {
        expect(await overlapping(insertAtOnce)).toEqual(['committed last', 'committed first']);
      });

      /** Two transactions that add to two slots, in opposite orders, each of them first one and then, when both have begun, the other. */
      async function crossing(addTo: (manager: EntityManager, value: string, orderedBy: string) => Promise<unknown>) {
        const [one, other] = [new Barrier(), new Barrier()];
        const work = (first: string, second: string, mine: Barrier, theirs: Barrier) =>
          dataSource.transaction(async (manager) => {
            await addTo(manager, `${first}1`, first);
            mine.open();
            await theirs.passed;
            await addTo(manager, `${second}2`, second);
          });
        const results = await Promise.allSettled([work(LOW, HIGH, one, other), work(HIGH, LOW, other, one)]);
        return results.map(({ status }) => status);
      }

      it('transactions that add to the same slots in opposite orders do not wait for each other', async () => {
        expect(await crossing(async (manager, value, key) => add(manager, value, key))).toEqual([
          'fulfilled',
          'fulfilled',
        ]);
        expect((await test.published(4)).toSorted()).toEqual([`${LOW}1`, `${LOW}2`, `${HIGH}1`, `${HIGH}2`].sort());
      });

      it('control: slots that are locked in the order of the calls deadlock', async () => {
        const results = await crossing(appendAtOnce);
        expect(results.toSorted()).toEqual(['fulfilled', 'rejected']);
      });

      it('a hundred transactions at once on all slots all commit', async () => {
        const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);
        const work = (i: number) =>
          dataSource.transaction(async (manager) => {
            for (let j = 0; j < 6; j++) add(manager, `${i}-${j}`, keys[(i * 7 + j * 11) % keys.length]);
          });
        const results = await Promise.allSettled(Array.from({ length: 100 }, (_, i) => work(i)));
        expect(results.filter(({ status }) => status === 'rejected')).toEqual([]);
        expect(await test.rows()).toBe(600);
      });

      it('a nested transaction that has committed holds no lock', async () => {
        const [nested, done] = [new Barrier(), new Barrier()];
        const holding = dataSource.transaction(async (manager) => {
          await manager.transaction(async (inner) => add(inner, 'nested'));
          nested.open();
          await done.passed;
        });
        await nested.passed;
        await dataSource.transaction(async (manager) => add(manager, 'beside'));
        done.open();
        await holding;
        expect(await test.rows()).toBe(2);
      });
    }

    /** As an outbox that numbers at the call, and locks nothing. */
    async function insertAtOnce(manager: EntityManager, value: string, orderedBy: string): Promise<void> {
      const { dialect, tables } = outbox['known'].database;
      const { topic, key, value: bytes, headers, size, addedAt } = rowOf('t', { value, orderedBy }, json) as RecordRow;
      const parameters = [slotOfKey(orderedBy), topic, key, bytes, headers, size, addedAt];
      await manager.query(
        `INSERT INTO ${tables.records} (slot, topic, record_key, record_value, record_headers, size, added_at)
         VALUES (${parameters.map((_, i) => dialect.parameter(i + 1)).join()})`,
        parameters,
      );
    }

    /** As an outbox that locks at the call. */
    async function appendAtOnce(manager: EntityManager, value: string, orderedBy: string): Promise<void> {
      const row = rowOf('t', { value, orderedBy }, json) as RecordRow;
      await outbox['known'].records.append(queryOf(manager.queryRunner!), slotOfKey(orderedBy), [row]);
    }
  });
}
