import { strict as assert } from 'node:assert';
import type { GuardKey } from '../../contracts/index.js';
import { RETENTION, statusesOf, take, transact } from './inbox-subject.js';
import type { InboxSubject } from './inbox-subject.js';
import { LOOK_ALIKES, newKey, newKeys } from './keys.js';

const MANY = 500;

/** What a transaction promises of many keys. */
export const BATCHES: Readonly<Record<string, (subject: InboxSubject) => Promise<void>>> = {
  'claimAll answers in the order of the keys, also where some are done': async ({ store }) => {
    const keys = newKeys(9).map((key, i) => ({ ...key, fingerprint: Buffer.from([i]) }));
    const before = keys.filter((_, i) => i % 3 === 0);
    for (const key of before) await take(store, key);
    const claims = await transact(store, async (transaction) => ({
      commit: true,
      value: await transaction.claimAll(keys, RETENTION),
    }));
    assert.deepEqual(
      claims.map(({ status }) => status),
      keys.map((key) => (before.includes(key) ? 'done' : 'claimed')),
    );
    for (const [i, claim] of claims.entries())
      if (claim.status === 'done') assert.deepEqual(claim.fingerprint, keys[i]!.fingerprint);
    assert.deepEqual(await statusesOf(store, keys), Array(keys.length).fill('done'));
  },

  'claimAll claims hundreds of keys, as many as there are': async ({ store }) => {
    const keys = newKeys(MANY);
    const claims = await transact(store, async (transaction) => ({
      commit: true,
      value: await transaction.claimAll(keys, RETENTION),
    }));
    assert.deepEqual(
      claims.map(({ status }) => status),
      Array(MANY).fill('claimed'),
    );
    assert.deepEqual(await statusesOf(store, [keys[0]!, keys.at(-1)!]), ['done', 'done']);
  },

  'claimAll knows keys that look alike for different ones': async ({ store }) => {
    const { scope } = newKey();
    const keys = Object.values(LOOK_ALIKES).flatMap((alike) => alike.map((key) => newKey({ scope, key })));
    const distinct = [...new Map(keys.map((key) => [key.key, key])).values()];
    const claims = await transact(store, async (transaction) => ({
      commit: true,
      value: await transaction.claimAll(distinct, RETENTION),
    }));
    assert.deepEqual(
      claims.map(({ status }) => status),
      Array(distinct.length).fill('claimed'),
    );
  },

  'batches over the same keys, in different orders, all come to their ends': async ({ store }) => {
    const keys = newKeys(20);
    const batches = await Promise.all(
      [keys, keys.toReversed(), [...keys.slice(10), ...keys.slice(0, 10)]].map((batch) =>
        transact(store, async (transaction) => {
          const claims = await transaction.claimAll(batch, RETENTION);
          return { commit: true, value: claims.filter(({ status }) => status === 'claimed').length };
        }),
      ),
    );
    assert.equal(
      batches.reduce((sum, claimed) => sum + claimed),
      keys.length,
    );
  },

  'a rollback frees all keys of a batch': async ({ store }) => {
    const keys = newKeys(3);
    await transact(store, async (transaction) => ({
      commit: false,
      value: await transaction.claimAll(keys, RETENTION),
    }));
    assert.deepEqual(await statusesOf(store, keys), ['claimed', 'claimed', 'claimed']);
  },

  'disclaimed keys are free, and the others of the transaction are done': async ({ store }) => {
    const [kept, one, other] = newKeys(3) as [GuardKey, GuardKey, GuardKey];
    await transact(store, async (transaction) => {
      await transaction.claimAll([one, kept, other], RETENTION);
      await transaction.disclaim([one, other]);
      return { commit: true, value: undefined };
    });
    assert.deepEqual(await statusesOf(store, [one, kept, other]), ['claimed', 'done', 'claimed']);
  },

  'a savepoint that is not to be kept erases what was done in it, and nothing else': async (subject) => {
    const { store } = subject;
    const [before, erased, after] = newKeys(3) as [GuardKey, GuardKey, GuardKey];
    const value = await transact(store, async (transaction) => {
      const doing = (key: GuardKey, commit: boolean) =>
        transaction.savepoint(async () => {
          await transaction.claim(key, RETENTION);
          await transaction.within(() => subject.write(key.key));
          await transaction.keepReply(key, Buffer.from('reply'));
          return { commit, value: key.key };
        });
      await doing(before, true);
      const value = await doing(erased, false);
      await doing(after, true);
      return { commit: true, value };
    });
    assert.equal(value, erased.key);
    assert.deepEqual(await statusesOf(store, [before, erased, after]), ['done', 'claimed', 'done']);
    assert.deepEqual(await ofThese(subject, [before, erased, after]), [before.key, after.key]);
  },

  'a savepoint whose work rejects erases what was done in it, and rejects with its error': async (subject) => {
    const { store } = subject;
    const [before, erased] = newKeys(2) as [GuardKey, GuardKey];
    const error = new Error('of the work');
    await transact(store, async (transaction) => {
      await transaction.claim(before, RETENTION);
      await transaction.within(() => subject.write(before.key));
      const failed = transaction.savepoint(async () => {
        await transaction.claim(erased, RETENTION);
        await transaction.within(() => subject.write(erased.key));
        throw error;
      });
      await assert.rejects(failed, (thrown) => thrown === error);
      return { commit: true, value: undefined };
    });
    assert.deepEqual(await statusesOf(store, [before, erased]), ['done', 'claimed']);
    assert.deepEqual(await ofThese(subject, [before, erased]), [before.key]);
  },
};

async function ofThese(subject: InboxSubject, keys: readonly GuardKey[]): Promise<string[]> {
  const committed = await subject.written();
  return keys.map(({ key }) => key).filter((id) => committed.includes(id));
}
