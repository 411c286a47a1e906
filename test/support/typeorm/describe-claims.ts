import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TypeormStore } from 'nestjs-reliable-kafka/typeorm';
import type { DatabaseKind } from '../databases.js';
import { claim, claimAll, holding, HOUR, insist, newKey, StoreTest, transact } from './stores.js';

/** What a claim meets: rows that have expired, the sweep, transactions that will not end. */
export function describeClaims(kind: DatabaseKind): void {
  describe(`claims in ${kind.name}`, () => {
    let setting: StoreTest;
    let store: TypeormStore;
    beforeAll(async () => {
      setting = await StoreTest.on(kind);
      store = await setting.store({ lockTimeout: 300 });
    });
    afterAll(() => setting.end());

    async function expired() {
      const key = newKey();
      await claim(store, key);
      await setting.age(key, HOUR);
      return key;
    }

    it('an expired key is claimed anew, and nothing is left of its first claim', async () => {
      const key = newKey({ fingerprint: Buffer.from('one') });
      await transact(store, async (transaction) => {
        await transaction.claim(key, HOUR);
        await transaction.keepReply(key, Buffer.from('reply'));
        return { commit: true, value: undefined };
      });
      await setting.age(key, HOUR);
      const other = { ...key, fingerprint: Buffer.from('other') };
      expect(await claim(store, other)).toEqual({ status: 'claimed' });
      expect(await claim(store, other)).toEqual({ status: 'done', fingerprint: other.fingerprint, reply: undefined });
    });

    it('of many that find a key expired, one claims it', async () => {
      const many = <T>(one: () => Promise<T>) => Promise.all(Array.from({ length: 10 }, one));
      await many(() => claim(store, newKey())); // so that all have a connection, and begin together
      for (let i = 0; i < 5; i++) {
        const key = await expired();
        const answers = await many(() => insist(store, key));
        expect(answers.filter(({ status }) => status === 'claimed')).toHaveLength(1);
      }
    });

    it('an expired key that another transaction takes over meanwhile is done', async () => {
      const key = await expired();
      const letGo = await holding(await setting.elsewhere(), (transaction) => transaction.claim(key, HOUR));
      const waiting = insist(store, key);
      await sleep(50); // until it waits; had it not begun yet, it would only have it easier
      await letGo(true);
      expect((await waiting).status).toBe('done');
    });

    it('batches of the same keys in opposite orders are not in each other’s way', async () => {
      const keys = Array.from({ length: 1000 }, () => newKey());
      const answers = await Promise.all([claimAll(store, keys), claimAll(store, keys.toReversed())]);
      expect(new Set(answers.map((batch) => batch.map(({ status }) => status).join())).size).toBe(2);
      expect(answers.flat().filter(({ status }) => status === 'busy')).toEqual([]);
    });

    it('expired keys of a batch are claimed with the new ones', async () => {
      const done = newKey();
      await claim(store, done);
      const answers = await claimAll(store, [await expired(), done, newKey(), await expired()]);
      expect(answers.map(({ status }) => status)).toEqual(['claimed', 'done', 'claimed', 'claimed']);
    });

    it('retention counts from the end of the handler', async () => {
      const key = newKey();
      await transact(store, async (transaction) => {
        await transaction.claim(key, 10_000);
        await setting.age(key, 9_000, transaction.manager);
        await sleep(150); // more than a hundredth of the retention
        return { commit: true, value: undefined };
      });
      await setting.age(key, 5_000);
      expect((await claim(store, key)).status).toBe('done');
    });

    it('retention may be longer than a database can count', async () => {
      const key = newKey();
      await claim(store, key, Number.MAX_SAFE_INTEGER);
      expect((await claim(store, key)).status).toBe('done');
    });

    it('a scope of any length is good', async () => {
      const key = newKey({ scope: '𝔰'.repeat(1000) });
      expect([(await claim(store, key)).status, (await claim(store, key)).status]).toEqual(['claimed', 'done']);
      expect((await claim(store, { ...key, scope: `${key.scope}.` })).status).toBe('claimed');
    });

    it('a key that another transaction holds for too long is busy, alone and in a batch, and free once that one is gone', async () => {
      const key = newKey();
      const letGo = await holding(await setting.elsewhere(), (transaction) => transaction.claim(key, HOUR));
      const busy = { status: 'busy', retryInMs: expect.any(Number) };
      expect(await claim(store, key)).toEqual(busy);
      expect(await claimAll(store, [newKey(), key])).toEqual([busy, busy]);
      await letGo(false);
      expect(await claim(store, key)).toEqual({ status: 'claimed' });
    });

    describe('the sweep', () => {
      it('deletes what has expired, so many rows at a time, and nothing else', async () => {
        while ((await store.sweep(1000)) > 0);
        const kept = newKey();
        await claim(store, kept);
        for (let i = 0; i < 5; i++) await expired();
        expect([await store.sweep(3), await store.sweep(3), await store.sweep(3)]).toEqual([3, 2, 0]);
        expect((await claim(store, kept)).status).toBe('done');
      });

      it('and claims of what it deletes: each is claimed once', async () => {
        const keys = await Promise.all(Array.from({ length: 20 }, () => expired()));
        const sweeps = Array.from({ length: 20 }, () => store.sweep(2).catch(() => 0));
        const answers = await Promise.all(keys.map((key) => Promise.all([insist(store, key), insist(store, key)])));
        await Promise.all(sweeps);
        expect(answers.map((both) => both.filter(({ status }) => status === 'claimed').length)).toEqual(
          keys.map(() => 1),
        );
      });

      it('takes place by itself, and ends with the store', async () => {
        const key = await expired();
        const sweeping = await setting.store({ name: 'sweeping', sweepEvery: 10 });
        while (await setting.hasRowOf(key)) await sleep(5);
        await sweeping.close();
        const later = await expired();
        await sleep(50);
        expect(await setting.hasRowOf(later)).toBe(true);
      });
    });
  });
}
