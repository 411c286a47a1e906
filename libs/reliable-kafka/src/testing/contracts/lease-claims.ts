import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import type { LeaseStore } from '../../contracts/index.js';
import type { ContractSubject } from './contract-case.js';
import { joinedAlike, LOOK_ALIKES, newKey } from './keys.js';

/** A store of leases under examination. */
export interface LeaseSubject extends ContractSubject<LeaseStore> {
  /** Lets so many milliseconds go by on the store's clock. */
  pass(ms: number): Promise<void> | void;
}

/** Not to lapse while a case lasts. */
export const LEASE = 60_000;
const RETENTION = 60 * 60 * 1000;
const CONTENDERS = 20;

/** What a store promises of claims that have not lapsed. */
export const LEASES: Readonly<Record<string, (subject: LeaseSubject) => Promise<void>>> = {
  'a key is claimed by one owner, and busy for every other': async ({ store }) => {
    const key = newKey();
    assert.equal((await store.claim(key, 'one', LEASE)).status, 'claimed');
    const claim = await store.claim(key, 'other', LEASE);
    assert.equal(claim.status, 'busy');
    assert.ok('retryInMs' in claim && claim.retryInMs > 0 && claim.retryInMs <= LEASE, 'retryInMs is within the lease');
  },

  'an owner that asks again has its claim': async ({ store }) => {
    const key = newKey();
    await store.claim(key, 'one', LEASE);
    assert.equal((await store.claim(key, 'one', LEASE)).status, 'claimed');
  },

  'of many at once, one has the key': async ({ store }) => {
    const key = newKey();
    const owners = Array.from({ length: CONTENDERS }, (_, i) => `owner ${i}`);
    const claims = await Promise.all(owners.map((owner) => store.claim(key, owner, LEASE)));
    assert.deepEqual(claims.map(({ status }) => status).toSorted(), [...Array(CONTENDERS - 1).fill('busy'), 'claimed']);
  },

  'a completed key is done, with its fingerprint and its reply': async ({ store }) => {
    const key = newKey({ fingerprint: randomBytes(32) });
    const reply = randomBytes(300_000);
    await store.claim(key, 'one', LEASE);
    assert.equal(await store.complete(key, 'one', RETENTION, reply), true);
    const other = { ...key, fingerprint: randomBytes(32) };
    assert.deepEqual(await store.claim(other, 'other', LEASE), {
      status: 'done',
      fingerprint: key.fingerprint,
      reply,
    });
    const bare = newKey();
    await store.claim(bare, 'one', LEASE);
    await store.complete(bare, 'one', RETENTION, undefined);
    assert.deepEqual(await store.claim(bare, 'other', LEASE), {
      status: 'done',
      fingerprint: undefined,
      reply: undefined,
    });
  },

  'a completion can be sent twice': async ({ store }) => {
    const key = newKey();
    await store.claim(key, 'one', LEASE);
    await store.complete(key, 'one', RETENTION, Buffer.from('reply'));
    assert.equal(await store.complete(key, 'one', RETENTION, Buffer.from('reply')), true);
    assert.deepEqual(await store.recall(key), {
      status: 'done',
      fingerprint: undefined,
      reply: Buffer.from('reply'),
    });
  },

  'a claim is renewed by its owner only': async ({ store }) => {
    const key = newKey();
    await store.claim(key, 'one', LEASE);
    assert.equal(await store.renew(key, 'one', LEASE), true);
    assert.equal(await store.renew(key, 'one', LEASE), true);
    assert.equal(await store.renew(key, 'other', LEASE), false);
  },

  'a claim is completed by its owner only': async ({ store }) => {
    const key = newKey();
    await store.claim(key, 'one', LEASE);
    assert.equal(await store.complete(key, 'other', RETENTION, undefined), false);
    assert.equal((await store.claim(key, 'third', LEASE)).status, 'busy');
    await store.complete(key, 'one', RETENTION, Buffer.from('of one'));
    assert.equal(await store.complete(key, 'other', RETENTION, Buffer.from('of other')), false);
    assert.deepEqual((await store.recall(key))?.reply, Buffer.from('of one'));
  },

  'a released claim is free, and nobody else can release it': async ({ store }) => {
    const key = newKey();
    await store.claim(key, 'one', LEASE);
    await store.release(key, 'other');
    assert.equal((await store.claim(key, 'other', LEASE)).status, 'busy');
    await store.release(key, 'one');
    await store.release(key, 'one');
    assert.equal((await store.claim(key, 'other', LEASE)).status, 'claimed');
    await store.release(key, 'one');
    assert.equal((await store.claim(key, 'third', LEASE)).status, 'busy');
  },

  'a release forgets nothing that is completed': async ({ store }) => {
    const key = newKey();
    await store.claim(key, 'one', LEASE);
    await store.complete(key, 'one', RETENTION, undefined);
    await store.release(key, 'one');
    assert.equal((await store.claim(key, 'other', LEASE)).status, 'done');
  },

  'recall tells of completed keys, and of no claims': async ({ store }) => {
    const key = newKey({ fingerprint: randomBytes(32) });
    assert.equal(await store.recall(key), undefined);
    await store.claim(key, 'one', LEASE);
    assert.equal(await store.recall(key), undefined);
    await store.complete(key, 'one', RETENTION, undefined);
    assert.deepEqual(await store.recall(key), { status: 'done', fingerprint: key.fingerprint, reply: undefined });
  },

  'what is remembered is done': async ({ store }) => {
    const key = newKey({ fingerprint: randomBytes(32) });
    const done = { status: 'done', fingerprint: key.fingerprint, reply: Buffer.from('reply') };
    await store.remember(key, RETENTION, done.reply);
    await store.remember(key, RETENTION, done.reply);
    assert.deepEqual(await store.recall(key), done);
    assert.deepEqual(await store.claim(key, 'one', LEASE), done);
  },

  'keys that look alike are different keys': async ({ store }) => {
    for (const [what, [one, other]] of Object.entries(LOOK_ALIKES)) {
      const key = newKey({ key: one });
      await store.claim(key, 'one', LEASE);
      assert.equal((await store.claim({ ...key, key: other }, 'other', LEASE)).status, 'claimed', what);
      assert.equal((await store.claim(key, 'other', LEASE)).status, 'busy', what);
    }
  },

  'scopes are apart': async ({ store }) => {
    const key = newKey();
    const pairs = [[key, { ...key, scope: `${key.scope}2` }] as const, ...joinedAlike()];
    for (const [one, other] of pairs) {
      await store.claim(one, 'one', LEASE);
      assert.equal((await store.claim(other, 'other', LEASE)).status, 'claimed', `${one.scope} + ${one.key}`);
    }
  },
};
