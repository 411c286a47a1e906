import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { OutgoingRecord } from '../../../libs/reliable-kafka/src/contracts/index.js';
import { RefusedBatchError, RefusedRecordsError } from '../../../libs/reliable-kafka/src/contracts/index.js';
import { queryOf } from '../../../libs/reliable-kafka/src/typeorm/outbox/outbox-database.js';
import type { Outbox } from 'nestjs-reliable-kafka/typeorm';
import { reliableKafkaMigrations } from 'nestjs-reliable-kafka/typeorm';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { HistoryChecker } from '../../../libs/reliable-kafka/src/testing/index.js';
import { Barrier } from '../barrier.js';
import type { DatabaseKind } from '../databases.js';
import { until } from '../faults/until.js';
import { MemoryKafka } from './memory-kafka.js';
import { OutboxTest } from './outbox-test.js';

/** The shortest, so that tests need not wait for long. */
const LEASE = 1_000;

/** Kafka as it is for publishers without a transactional id: a lease in a database stops nobody. */
class UnfencedKafka extends MemoryKafka {
  protected override isFenced(): boolean {
    return false;
  }
}

/** Who publishes what was added, and what becomes of what cannot be published. */
export function describeRelays(kind: DatabaseKind): void {
  describe(`relays of the outbox in ${kind.name}`, () => {
    let test: OutboxTest;
    let outbox: Outbox;
    let dataSource: DataSource;
    beforeEach(() => begin());
    afterEach(() => test.end());

    async function begin(kafka?: MemoryKafka): Promise<void> {
      test = await OutboxTest.on(kind, {}, kafka);
      ({ dataSource } = test);
      outbox = await test.outbox();
    }

    /** A transaction for each. */
    async function add(...values: string[]): Promise<void> {
      for (const value of values)
        await dataSource.transaction(async (manager) => outbox.add(manager, 't', { value, orderedBy: 'key' }));
    }

    const value = (record: OutgoingRecord) => JSON.parse(String(record.value)) as string;

    async function slotsByOwner(): Promise<Record<string, number>> {
      const rows: { owner: string | null; count: unknown }[] = await dataSource.query(
        `SELECT owner, COUNT(*) AS count FROM ${test.setting.table('reliable_kafka_outbox_slots')} GROUP BY owner`,
      );
      return Object.fromEntries(rows.map(({ owner, count }) => [String(owner), Number(count)]));
    }

    function untilShares(...shares: number[]): Promise<void> {
      const text = (counts: readonly number[]) => counts.toSorted((a, b) => a - b).join();
      return until(`shares of ${text(shares)}`, async () => text(Object.values(await slotsByOwner())) === text(shares));
    }

    it('publish at once what their own process commits', async () => {
      const own = await test.setting.other();
      const relay = await test.relay({ dataSource: own, pollEvery: 60_000 });
      await untilShares(16);
      await own.transaction(async (manager) => relay.add(manager, 't', { value: 'now', orderedBy: 'key' }));
      expect(await test.kafka.until(1)).toEqual(['now']);
    });

    it('look from time to time for what other processes have committed', async () => {
      await test.relay();
      await untilShares(16);
      await add('a', 'b');
      expect(await test.kafka.until(2)).toEqual(['a', 'b']);
    });

    it('share the slots, and take over those of one that leaves', async () => {
      const [one] = [await test.relay({ lease: LEASE }), await test.relay({ lease: LEASE })];
      await untilShares(8, 8);
      await test.close(one);
      await untilShares(16);
    });

    /** Stands still while it publishes m1 and m2, until another one has published them and m3 and m4; then it wakes. */
    async function standingStill(): Promise<readonly string[]> {
      const [arrived, awake] = [new Barrier(), new Barrier()];
      test.kafka.storing = () => {
        test.kafka.storing = () => undefined;
        arrived.open();
        return awake.passed;
      };
      const stalled = await test.relay({ lease: LEASE });
      await add('m1', 'm2');
      await arrived.passed;
      await stopLoops(stalled);
      await test.relay({ lease: LEASE });
      await test.kafka.until(2);
      await add('m3', 'm4');
      const published = [...(await test.kafka.until(4))];
      awake.open();
      await test.close(stalled);
      expect(published).toEqual(['m1', 'm2', 'm3', 'm4']);
      return test.kafka.stored;
    }

    /** Its lease is not renewed, and it looks for nothing: as if its process stood still. */
    async function stopLoops(relay: Outbox): Promise<void> {
      relay['relay']!['stopping'].abort();
      await relay['relay']!['running'];
    }

    it('one that stands still loses its slots, and what it publishes when it wakes is refused', async () => {
      expect(await standingStill()).toEqual(['m1', 'm2', 'm3', 'm4']);
    });

    it('control: where nobody fences at the broker, it publishes behind what is newer', async () => {
      await test.end();
      await begin(new UnfencedKafka());
      expect((await standingStill()).slice(4)).toContain('m1');
    });

    it('publish a batch once more when they die before they have deleted it, before anything newer', async () => {
      const first = await test.relay({ lease: LEASE });
      await untilShares(16);
      const { records } = first['known'];
      const died = new Barrier();
      records.remove = async () => {
        died.open();
        await new Promise(() => undefined);
      };
      await add('m1', 'm2');
      await died.passed;
      await stopLoops(first);
      // Its process is gone: nobody waits for what it has under way.
      Object.assign(first, { relay: undefined });
      await add('m3');
      await test.relay({ lease: LEASE });
      const published = await test.kafka.until(test.kafka.stored.length + 3);
      const again = published.slice(-3);
      expect(again).toEqual(['m1', 'm2', 'm3']);
      const checker = new HistoryChecker();
      for (const id of ['m1', 'm2', 'm3']) checker.sent('key', id);
      for (const id of published) {
        checker.started('key', id, 'log');
        checker.ended('key', id, 'log');
      }
      expect(checker.check()).toMatchObject({ lost: 0, reordered: 0 });
    });

    describe('a record that is refused', () => {
      const tooLarge = new Error('too large');
      beforeEach(() => {
        test.kafka.storing = (records) => {
          const bad = records.find((record) => value(record).startsWith('bad'));
          if (!bad) return;
          if (records.length > 1) throw new RefusedBatchError({});
          throw new RefusedRecordsError(new Map([[bad, tooLarge]]));
        };
      });

      it('is marked as dead and told, and those behind it go on', async () => {
        await add('a', 'b', 'bad', 'c', 'd');
        expect(await publishedBut(4)).toEqual(['a', 'b', 'c', 'd']);
        const [dead, ...others] = await outbox.dead();
        expect(others).toEqual([]);
        expect(dead).toMatchObject({ topic: 't', key: Buffer.from('key'), reason: 'Error: too large' });
        expect(dead!.value).toEqual(Buffer.from('"bad"'));
        expect(await outbox.backlog()).toEqual({ waiting: 0, oldest: undefined, dead: 1 });
        expect(test.events).toEqual([
          {
            type: 'outbox-record-dead',
            topic: 't',
            id: dead!.id,
            sequence: dead!.sequence,
            reason: 'too large',
          },
        ]);
      });

      it('can be published after all, behind what waits by then, or be discarded, once', async () => {
        await add('bad', 'bad too');
        const relay = await test.relay();
        await until('two dead records', async () => (await outbox.dead()).length === 2);
        await test.close(relay);
        test.kafka.storing = () => undefined;
        const [one, other] = await outbox.dead();
        expect(await outbox.dead({ after: one!.sequence })).toEqual([other]);
        expect(await outbox.dead({ limit: 1 })).toEqual([one]);
        await add('waits');
        expect([await outbox.revive(one!.sequence), await outbox.revive(one!.sequence)]).toEqual([true, false]);
        expect([await outbox.discard(other!.sequence), await outbox.discard(other!.sequence)]).toEqual([true, false]);
        expect(await test.published(2)).toEqual(['waits', 'bad']);
        expect(test.kafka.records[1]!.headers['message-id']).toBe(one!.id);
      });

      async function publishedBut(count: number): Promise<readonly string[]> {
        const relay = await test.relay();
        await test.kafka.until(count);
        await test.close(relay);
        return test.kafka.stored;
      }
    });

    it('tell what keeps them from publishing, and try it again', async () => {
      let failures = 0;
      test.kafka.storing = () => {
        if (failures++ < 2) throw new Error('no leader');
      };
      await add('a');
      expect(await test.published(1)).toEqual(['a']);
      expect(test.events).toMatchObject([
        { type: 'outbox-failed', error: new Error('no leader') },
        { type: 'outbox-failed', error: new Error('no leader') },
      ]);
    });

    it('read no more than they may hold, and one record at least', async () => {
      const { records, database } = outbox['known'];
      await dataSource.transaction(async (manager) => {
        for (let i = 0; i < 1_200; i++)
          outbox.add(manager, 't', { value: `${i}`.padEnd(i === 600 ? 100_000 : 100), orderedBy: 'key' });
      });
      const slot = await slotOfAll();
      const read = (most: number, bytes: number) =>
        database.withQuery((query) => records.next(query, slot, { records: most, bytes }));
      const all = await read(5_000, 10 ** 9);
      expect(all.map(({ value: bytes }) => Number(JSON.parse(String(bytes))))).toEqual(
        Array.from({ length: 1_200 }, (_, i) => i),
      );
      const some = await read(700, 90_000);
      expect(some.length).toBeGreaterThan(400);
      expect(some.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(90_000);
      const one = await read(700, 1);
      expect(one.length).toBe(1);
    });

    async function slotOfAll(): Promise<number> {
      const [{ slot }] = await dataSource.query(
        `SELECT slot FROM ${test.setting.table('reliable_kafka_outbox')} LIMIT 1`,
      );
      return Number(slot);
    }

    it('are refused another number of slots than the outbox was made with', async () => {
      await expect(test.outbox({ slots: 8 })).rejects.toThrow(
        'it is 8, but this outbox was made with 16. Give `slots: 16`',
      );
    });

    it('are refused a second outbox on one DataSource', async () => {
      await expect(test.outbox()).rejects.toThrow('there is an outbox on it already');
    });

    it('refuse options that make no sense, all of them', async () => {
      const options = { slots: 0, lease: 10, pollEvery: -1, colour: 'red' } as object;
      await expect(test.outbox(options)).rejects.toThrow(
        /no option 'colour'[^]*slots are 0[^]*lease is 10[^]*pollEvery is -1/,
      );
    });

    it('make what is missing, also many of them at once; with migrations, nothing is missing', async () => {
      const own = await OutboxTest.on(kind, { migrations: reliableKafkaMigrations } as Partial<DataSourceOptions>);
      await expect(own.outbox({ createTables: false })).rejects.toThrow('reliableKafkaMigrations');
      await own.dataSource.runMigrations();
      await own.outbox({ createTables: false });
      await own.end();
      const many = await OutboxTest.on(kind);
      const others = await Promise.all(Array.from({ length: 8 }, () => many.setting.other()));
      await Promise.all(others.map((other) => many.outbox({ dataSource: other })));
      const query = queryOf(many.dataSource.createQueryRunner());
      const { records } = await query(
        `SELECT COUNT(*) AS slots, COUNT(DISTINCT name) AS names FROM ${many.setting.table('reliable_kafka_outbox_slots')}`,
      );
      expect([Number(records[0]!.slots), Number(records[0]!.names)]).toEqual([16, 16]);
      await many.end();
    });
  });
}
