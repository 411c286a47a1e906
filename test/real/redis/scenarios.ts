import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import type {
  AttemptResult,
  GuardKey,
  LeaseStore,
  OpenGuard,
} from '../../../libs/reliable-kafka/src/contracts/index.js';
import { until } from '../../services/wait.js';
import type { TcpProxy } from '../../support/tcp-proxy.js';
import { attemptAt, KEY_SCOPE } from './guarding.js';

/** Not to lapse while a scenario lasts. */
const LEASE = 60_000;
/** To be waited for. */
const SHORT = 50;
const RETENTION = 60_000;
const CALLERS = 20;

/** A store whose connection leads through a proxy, a guard over it, and a store that another process would have. */
export interface World {
  readonly store: LeaseStore;
  readonly guard: OpenGuard;
  readonly elsewhere: LeaseStore;
  readonly proxy: TcpProxy;
}

export interface Scenario {
  readonly name: string;
  run(world: World): Promise<void>;
}

/** What goes wrong with Redis beyond what the contract of leases examines. Each fails by an assertion. */
export const SCENARIOS = {
  lostClaim: {
    name: 'an owner whose claim was made and whose answer was lost has it',
    async run({ store, proxy }) {
      const key = await warmedKey(store);
      const dropped = proxy.dropNextReply();
      assert.deepEqual(await store.claim(key, 'owner', LEASE), { status: 'claimed' });
      await dropped;
      assert.equal((await store.claim(key, 'another', LEASE)).status, 'busy');
    },
  },
  lostCompletion: {
    name: 'a completion that was made and whose answer was lost is one',
    async run({ store, proxy }) {
      const key = await warmedKey(store);
      await store.claim(key, 'owner', LEASE);
      const dropped = proxy.dropNextReply();
      assert.equal(await store.complete(key, 'owner', RETENTION, Buffer.from('reply')), true);
      await dropped;
      assert.deepEqual((await store.recall(key))?.reply, Buffer.from('reply'));
    },
  },
  lostRelease: {
    name: 'a release whose answer was lost takes nothing from the next owner',
    async run({ store, elsewhere, proxy }) {
      const key = await warmedKey(store);
      await store.claim(key, 'owner', LEASE);
      const dropped = proxy.dropNextReply();
      const released = store.release(key, 'owner');
      await dropped;
      await elsewhere.claim(key, 'next', LEASE);
      await released;
      assert.equal((await store.claim(key, 'third', LEASE)).status, 'busy');
    },
  },
  failsLate: {
    name: 'a zombie that fails late frees nothing',
    async run({ store }) {
      const key = await takenOver(store);
      await store.release(key, 'zombie');
      assert.equal((await store.claim(key, 'third', LEASE)).status, 'busy');
    },
  },
  completesLate: {
    name: 'a zombie that completes late overwrites nothing',
    async run({ store }) {
      const key = await takenOver(store);
      assert.equal(await store.complete(key, 'zombie', RETENTION, Buffer.from('zombie')), false);
      assert.equal(await store.complete(key, 'next', RETENTION, Buffer.from('next')), true);
      assert.equal(await store.complete(key, 'zombie', RETENTION, Buffer.from('zombie')), false);
      assert.deepEqual((await store.recall(key))?.reply, Buffer.from('next'));
    },
  },
  orphan: {
    name: 'of many that find an orphan, one takes it over',
    async run({ store }) {
      for (let round = 0; round < 20; round++) {
        const key = await orphan(store);
        const owners = Array.from({ length: CALLERS }, (_, i) => `owner ${i}`);
        const claims = await Promise.all(owners.map((owner) => store.claim(key, owner, LEASE)));
        assert.equal(claims.filter(({ status }) => status === 'claimed').length, 1);
      }
    },
  },
  deadOwner: {
    name: 'a record whose owner died has no outcome before it is handled',
    async run({ store, guard }) {
      const id = randomUUID();
      await store.claim(newKey(id), 'dead', SHORT);
      let handled = 0;
      const call = attemptAt(id, () => (handled++, { kind: 'handled' }));
      await until('an outcome', async () => isOutcome(await guard.run(call)), { within: 10_000 });
      assert.equal(handled, 1);
    },
  },
} satisfies Record<string, Scenario>;

function isOutcome({ kind }: AttemptResult): boolean {
  return kind === 'handled' || kind === 'duplicate';
}

/** As the guard makes it of a payload. */
function newKey(id: string = randomUUID()): GuardKey {
  return { scope: KEY_SCOPE, key: `key:${id}`, fingerprint: undefined };
}

/** A new key, after every transition was made once: the next answer that comes is the one that the scenario means. */
async function warmedKey(store: LeaseStore): Promise<GuardKey> {
  const key = newKey();
  await store.claim(key, 'owner', LEASE);
  await store.complete(key, 'owner', RETENTION, undefined);
  await store.release(newKey(), 'owner');
  return newKey();
}

/** A key whose owner is gone and whose lease is over. */
async function orphan(store: LeaseStore): Promise<GuardKey> {
  const key = newKey();
  await store.claim(key, 'gone', 1);
  await until('the end of the lease', () => store.renew(key, 'gone', 1).then((isOurs) => !isOurs), { within: 10_000 });
  return key;
}

/** A key whose lease lapsed while its owner stood still, and which the next one has. */
async function takenOver(store: LeaseStore): Promise<GuardKey> {
  const key = newKey();
  await store.claim(key, 'zombie', SHORT);
  await until('the end of the lease', async () => (await store.claim(key, 'next', LEASE)).status === 'claimed', {
    within: 10_000,
  });
  return key;
}
