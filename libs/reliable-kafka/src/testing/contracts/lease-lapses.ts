import { strict as assert } from 'node:assert';
import type { GuardKey } from '../../contracts/index.js';
import { newKey } from './keys.js';
import { LEASE } from './lease-claims.js';
import type { LeaseSubject } from './lease-claims.js';

/** What is done within it must be done before it lapses. */
const SHORT = 1_000;
const RETENTION = 60 * 60 * 1000;

/** What a store promises of claims whose lease is over. */
export const LAPSES: Readonly<Record<string, (subject: LeaseSubject) => Promise<void>>> = {
  'a lapsed claim is for others to take': async (subject) => {
    await takenOver(subject);
  },

  'the late completion of a former owner is refused, and changes nothing': async (subject) => {
    const { store } = subject;
    const key = await takenOver(subject);
    assert.equal(await store.complete(key, 'former', RETENTION, Buffer.from('late')), false);
    assert.equal((await store.claim(key, 'third', LEASE)).status, 'busy');
    assert.equal(await store.complete(key, 'next', RETENTION, Buffer.from('in time')), true);
    assert.equal(await store.complete(key, 'former', RETENTION, Buffer.from('late')), false);
    assert.deepEqual((await store.recall(key))?.reply, Buffer.from('in time'));
  },

  'the late renewal of a former owner is refused, and changes nothing': async (subject) => {
    const { store } = subject;
    const key = await takenOver(subject);
    assert.equal(await store.renew(key, 'former', LEASE), false);
    assert.equal(await store.complete(key, 'next', RETENTION, undefined), true);
  },

  'the late release of a former owner frees nothing': async (subject) => {
    const { store } = subject;
    const key = await takenOver(subject);
    await store.release(key, 'former');
    assert.equal((await store.claim(key, 'third', LEASE)).status, 'busy');
  },

  'a renewed claim outlives its first lease': async (subject) => {
    const { store } = subject;
    const key = newKey();
    await store.claim(key, 'one', SHORT);
    assert.equal(await store.renew(key, 'one', LEASE), true);
    await subject.pass(2 * SHORT);
    assert.equal((await store.claim(key, 'other', LEASE)).status, 'busy');
  },

  'a completed key outlives the lease of its claim': async (subject) => {
    const { store } = subject;
    const key = newKey();
    await store.claim(key, 'one', SHORT);
    assert.equal(await store.complete(key, 'one', RETENTION, undefined), true);
    await subject.pass(2 * SHORT);
    assert.equal((await store.claim(key, 'other', LEASE)).status, 'done');
  },
};

/** A key whose claim lapsed and is another's now. */
async function takenOver(subject: LeaseSubject): Promise<GuardKey> {
  const { store } = subject;
  const key = newKey();
  await store.claim(key, 'former', SHORT / 10);
  await subject.pass(SHORT);
  assert.equal((await store.claim(key, 'next', LEASE)).status, 'claimed');
  return key;
}
