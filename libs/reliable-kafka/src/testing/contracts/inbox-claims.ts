import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import type { GuardKey } from '../../contracts/index.js';
import { aMomentFor } from './contract-case.js';
import { ask, RETENTION, take, transact } from './inbox-subject.js';
import type { InboxSubject } from './inbox-subject.js';
import { joinedAlike, LOOK_ALIKES, newKey } from './keys.js';

const CONTENDERS = 20;
/** More than what a column of 64 KiB holds. */
const LARGE = 300_000;

/** What a transaction promises of one key. */
export const CLAIMS: Readonly<Record<string, (subject: InboxSubject) => Promise<void>>> = {
  'a new key is claimed, and done once that is committed': async ({ store }) => {
    const key = newKey();
    assert.equal((await take(store, key)).status, 'claimed');
    assert.equal((await ask(store, key)).status, 'done');
  },

  'a done key tells the fingerprint of its claim': async ({ store }) => {
    const key = newKey({ fingerprint: randomBytes(32) });
    await take(store, key);
    const other = { ...key, fingerprint: randomBytes(32) };
    assert.deepEqual(await ask(store, other), { status: 'done', fingerprint: key.fingerprint, reply: undefined });
    const bare = newKey();
    await take(store, bare);
    assert.deepEqual(await ask(store, bare), { status: 'done', fingerprint: undefined, reply: undefined });
  },

  'a done key tells the reply that was kept with it, whatever its size': async ({ store }) => {
    for (const reply of [Buffer.from([0, 255, 10]), randomBytes(LARGE)]) {
      const key = newKey();
      await transact(store, async (transaction) => {
        await transaction.claim(key, RETENTION);
        await transaction.keepReply(key, reply);
        return { commit: true, value: undefined };
      });
      assert.deepEqual(await ask(store, key), { status: 'done', fingerprint: undefined, reply });
    }
  },

  'effects within the transaction are committed with the claim': async (subject) => {
    const { store } = subject;
    const key = newKey();
    await transact(store, async (transaction) => {
      await transaction.claim(key, RETENTION);
      await transaction.within(() => subject.write(key.key));
      return { commit: true, value: undefined };
    });
    assert.equal((await ask(store, key)).status, 'done');
    assert.ok((await subject.written()).includes(key.key));
  },

  'a rollback frees the key and undoes the effects': async (subject) => {
    const { store } = subject;
    const key = newKey();
    const answer = await transact(store, async (transaction) => {
      await transaction.claim(key, RETENTION);
      await transaction.within(() => subject.write(key.key));
      return { commit: false, value: 'the value of the verdict' };
    });
    assert.equal(answer, 'the value of the verdict');
    assert.equal((await ask(store, key)).status, 'claimed');
    assert.ok(!(await subject.written()).includes(key.key));
  },

  'work that rejects is rolled back, and the transaction rejects with its error': async (subject) => {
    const { store } = subject;
    const key = newKey();
    const error = new Error('of the work');
    const failed = transact(store, async (transaction) => {
      await transaction.claim(key, RETENTION);
      await transaction.within(() => subject.write(key.key));
      throw error;
    });
    await assert.rejects(failed, (thrown) => thrown === error);
    assert.equal((await ask(store, key)).status, 'claimed');
    assert.ok(!(await subject.written()).includes(key.key));
  },

  'nothing is kept when the COMMIT fails, and the transaction rejects': async (subject) => {
    const { store } = subject;
    const key = newKey();
    const failed = transact(store, async (transaction) => {
      await transaction.claim(key, RETENTION);
      await transaction.within(async () => {
        await subject.write(key.key);
        await subject.failCommit();
      });
      return { commit: true, value: undefined };
    });
    await assert.rejects(failed);
    assert.equal((await ask(store, key)).status, 'claimed');
    assert.ok(!(await subject.written()).includes(key.key));
  },

  'a key that another transaction holds is claimed when that one rolls back': async ({ store }) => {
    assert.equal(await answerAfter(store, false), 'claimed');
  },

  'a key that another transaction holds is done when that one commits': async ({ store }) => {
    assert.equal(await answerAfter(store, true), 'done');
  },

  'of many at once, one has the key': async (subject) => {
    const { store } = subject;
    const key = newKey();
    const effects = Array.from({ length: CONTENDERS }, (_, i) => `${key.key}#${i}`);
    await Promise.all(
      effects.map((effect) =>
        transact(store, async (transaction) => {
          const { status } = await transaction.claim(key, RETENTION);
          if (status === 'claimed') await transaction.within(() => subject.write(effect));
          return { commit: status === 'claimed', value: undefined };
        }),
      ),
    );
    const committed = await subject.written();
    assert.equal(effects.filter((effect) => committed.includes(effect)).length, 1);
  },

  'keys that look alike are different keys': async ({ store }) => {
    for (const [what, [one, other]] of Object.entries(LOOK_ALIKES)) {
      const key = newKey({ key: one });
      await take(store, key);
      assert.equal((await ask(store, key)).status, 'done', what);
      assert.equal((await ask(store, { ...key, key: other })).status, 'claimed', what);
    }
  },

  'scopes are apart': async ({ store }) => {
    const key = newKey();
    await take(store, key);
    assert.equal((await ask(store, { ...key, scope: `${key.scope}2` })).status, 'claimed');
    for (const [one, other] of joinedAlike()) {
      await take(store, one);
      assert.equal((await ask(store, other)).status, 'claimed', `${one.scope} + ${one.key}`);
    }
  },

  'fencing tokens grow, where there are any': async ({ store }) => {
    if (!store.nextFencingToken) return;
    const first = await store.nextFencingToken();
    const atOnce = await Promise.all(Array.from({ length: CONTENDERS }, () => store.nextFencingToken!()));
    assert.equal(new Set(atOnce).size, CONTENDERS);
    assert.ok(atOnce.every((token) => token > first));
    assert.ok((await store.nextFencingToken()) > atOnce.reduce((most, token) => (token > most ? token : most)));
  },
};

/** What a claim is answered that was asked for while another transaction held the key. */
async function answerAfter(store: InboxSubject['store'], commit: boolean): Promise<string> {
  const key: GuardKey = newKey();
  let end!: () => void;
  const ending = new Promise<void>((resolve) => (end = resolve));
  let hold!: () => void;
  const held = new Promise<void>((resolve) => (hold = resolve));
  const holder = transact(store, async (transaction) => {
    await transaction.claim(key, RETENTION);
    hold();
    await ending;
    return { commit, value: undefined };
  });
  await Promise.race([held, holder]);
  const waiter = take(store, key);
  await aMomentFor(waiter);
  end();
  await holder;
  return (await waiter).status;
}
