import { strict as assert } from 'node:assert';
import type { ParkingSubject } from './parking-subject.js';
import {
  assertSame,
  drained,
  dueOf,
  firstOf,
  K,
  keyOf,
  LONG,
  NOW,
  owned,
  parkedAt,
  recordAt,
  recordsOf,
  THEN,
  untilDue,
} from './parking-subject.js';
import { LOOK_ALIKES } from './keys.js';

/** What a store promises of keys that are parked, and of their rounds. */
export const ROUNDS: Readonly<Record<string, (subject: ParkingSubject) => Promise<void>>> = {
  'a record comes back as it was': async ({ store }) => {
    const owner = await owned(store);
    const records = [
      recordAt(5n, owner),
      recordAt(6n, owner, { key: null, value: null, headers: undefined }),
      recordAt(7n, owner, { key: Buffer.alloc(0), value: Buffer.alloc(0), headers: {}, timestamp: '-1' }),
      recordAt(8n, owner, { value: Buffer.alloc(600_000, 1) }),
    ];
    await store.park(
      owner,
      K,
      records.map((record) => ({ record, replayId: '', attempts: 4 })),
      NOW,
    );
    const first = await firstOf(store, owner);
    assertSame(first.record, records[0]);
    assert.equal(first.attempts, 4);
    await store.take(owner, K, first, LONG);
    let parked = first;
    for (const record of records.slice(1)) {
      parked = (await store.settle(owner, K, parked, LONG))!;
      assertSame(parked.record, record);
    }
    assert.equal(await store.settle(owner, K, parked, LONG), undefined);
  },

  'the records of a key come one after the other in the order of the log, and its last one unparks it': async ({
    store,
  }) => {
    const owner = await owned(store);
    await store.park(owner, K, [parkedAt(9n, owner)], NOW);
    await store.park(owner, K, [parkedAt(10n, owner), parkedAt(100n, owner)], NOW);
    assertSame(await drained(store, owner, K), ['9', '10', '100']);
    assertSame([await dueOf(store, owner), await store.list(owner.group, 10)], [[], []]);
  },

  'parking is told how many records of the key wait, and does no more when it is done again': async ({ store }) => {
    const owner = await owned(store);
    const [first, second] = [parkedAt(5n, owner), parkedAt(7n, owner)];
    assert.equal(await store.park(owner, K, [first], NOW), 1);
    assert.equal(await store.park(owner, K, [first, second], THEN), 2);
    await store.take(owner, K, first, LONG);
    await store.settle(owner, K, first, LONG);
    assert.equal(await store.park(owner, K, [first, second], NOW), 1);
  },

  'a key is due when its time has come, and not before; those that join change nothing': async ({ store }) => {
    const owner = await owned(store);
    await store.park(owner, K, [parkedAt(5n, owner)], { retryIn: 400, reason: '' });
    await store.park(owner, K, [parkedAt(6n, owner)], THEN);
    assertSame(await dueOf(store, owner), []);
    assert.equal(await store.take(owner, K, parkedAt(5n, owner), LONG), false);
    await untilDue(store, owner);
    assert.equal(await store.take(owner, K, await firstOf(store, owner), LONG), true);
  },

  'the longest due comes first, so many at most, of the owners that ask': async ({ store }) => {
    const [one, other, stranger] = [await owned(store), await owned(store), await owned(store)];
    await store.park(stranger, K, [parkedAt(1n, stranger)], NOW);
    await store.park(one, keyOf('first'), [parkedAt(5n, one)], NOW);
    await untilDue(store, one);
    await store.park(other, keyOf('second'), [parkedAt(5n, other)], { retryIn: 5, reason: '' });
    await store.park(one, keyOf('third'), [parkedAt(6n, one)], { retryIn: 50, reason: '' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const due = await store.due([one, other], 2);
    assertSame(
      due.map(({ key }) => key),
      [keyOf('first').key, keyOf('second').key],
    );
    assertSame(
      due.map(({ owner }) => owner.epoch),
      [one.epoch, other.epoch],
    );
    assert.equal((await store.due([one, other], 10)).length, 3);
  },

  'a round is counted before it begins, begins once, and is unclean until somebody says how it ended': async ({
    store,
  }) => {
    const owner = await owned(store);
    await store.park(owner, K, [parkedAt(5n, owner)], NOW);
    const first = await firstOf(store, owner);
    assert.equal(await store.take(owner, K, first, 0), true);
    await untilDue(store, owner);
    const [begun] = await dueOf(store, owner);
    assertSame([begun?.rounds, begun?.isUnclean], [1, true]);
    assert.equal(await store.take(owner, K, first, LONG), true);
    assert.equal(await store.take(owner, K, first, LONG), false);
    await store.postpone(owner, K, NOW);
    await untilDue(store, owner);
    const [postponed] = await dueOf(store, owner);
    assertSame([postponed?.rounds, postponed?.isUnclean], [2, false]);
  },

  'a round begins with the first record only, which counts rounds of its own': async ({ store }) => {
    const owner = await owned(store);
    const [first, second] = [parkedAt(5n, owner), parkedAt(7n, owner)];
    await store.park(owner, K, [first, second], NOW);
    assert.equal(await store.take(owner, K, second, LONG), false);
    await store.take(owner, K, first, 0);
    await untilDue(store, owner);
    await store.take(owner, K, first, LONG);
    await store.settle(owner, K, first, 0);
    await untilDue(store, owner);
    const [due] = await dueOf(store, owner);
    assertSame([due?.first.record.offset, due?.rounds], [7n, 1]);
  },

  'settling can be done again, and answers the same': async ({ store }) => {
    const owner = await owned(store);
    const [first, second] = [parkedAt(5n, owner), parkedAt(7n, owner)];
    await store.park(owner, K, [first, second], NOW);
    await store.take(owner, K, first, LONG);
    for (let i = 0; i < 2; i++) assert.equal((await store.settle(owner, K, first, LONG))?.record.offset, 7n);
    for (let i = 0; i < 2; i++) assert.equal(await store.settle(owner, K, second, LONG), undefined);
  },

  'what is done with is known until a commit above it is swept': async ({ store }) => {
    const owner = await owned(store);
    await store.park(
      owner,
      K,
      [5n, 7n, 9n].map((offset) => parkedAt(offset, owner)),
      NOW,
    );
    await store.park(owner, keyOf('other'), [parkedAt(6n, owner)], THEN);
    await drained(store, owner, K);
    const known = async () =>
      (await store.takeOver(owner, 0n)).known.map(({ offset }) => Number(offset)).toSorted((a, b) => a - b);
    assertSame(await known(), [5, 6, 7, 9]);
    const { owner: heir } = await store.takeOver(owner, 0n);
    await store.sweep(heir, 9n);
    assertSame(await known(), [6, 9]);
  },

  'records with one offset and different timestamps are two: a topic was made anew': async ({ store }) => {
    const owner = await owned(store);
    const again = { ...parkedAt(5n, owner), record: recordAt(5n, owner, { timestamp: '1764000000001' }) };
    await store.park(owner, K, [parkedAt(5n, owner)], NOW);
    assert.equal(await store.park(owner, K, [again], NOW), 2);
    assertSame(await drained(store, owner, K), ['5', '5']);
  },

  'keys that look alike are apart, and so are handlers': async ({ store }) => {
    const owner = await owned(store);
    const texts = new Set([...Object.values(LOOK_ALIKES).flat(), 'null', '5', '']);
    const keys = [
      ...[...texts].map((text) => keyOf(text)),
      keyOf(null),
      keyOf('k', 'one'),
      keyOf('k', 'One'),
      keyOf('k', ''),
    ];
    for (const [i, key] of keys.entries())
      assert.equal(await store.park(owner, key, [parkedAt(BigInt(i), owner)], NOW), 1);
    await untilDue(store, owner);
    const due = await dueOf(store, owner);
    assertSame(
      due.map(({ handler, key, first }) => `${first.record.offset} ${handler} ${key}`).toSorted(),
      keys.map(({ handler, key }, i) => `${i} ${handler} ${key}`).toSorted(),
    );
  },

  'a record that cannot be stored takes nothing else with it': async ({ store }) => {
    const owner = await owned(store);
    const broken = { ...parkedAt(5n, owner), attempts: null as unknown as number };
    const results = await Promise.allSettled([
      store.park(owner, keyOf('a'), [parkedAt(1n, owner)], THEN),
      store.park(owner, keyOf('b'), [broken], THEN),
      store.park(owner, keyOf('c'), [parkedAt(2n, owner)], THEN),
    ]);
    assertSame(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.equal(await recordsOf(store, owner, keyOf('b')), undefined);
    assert.equal(await recordsOf(store, owner, keyOf('c')), 1);
  },

  'operators see what is parked, since when it failed and until when it waits': async ({ store }) => {
    const owner = await owned(store);
    await store.park(owner, K, [parkedAt(5n, owner)], THEN);
    await store.hold(owner, keyOf('held'), parkedAt(6n, owner), 'dead');
    const { group, topic, partition } = owner;
    const reports = (await store.list(group, 10)).toSorted((a, b) => (a.key < b.key ? -1 : 1));
    const [held, parked] = reports;
    assertSame(held, { group, topic, partition, ...keyOf('held'), records: 1, rounds: 0, reason: 'dead' });
    const { due, ...rest } = parked!;
    assertSame(rest, { group, topic, partition, ...K, records: 1, rounds: 0, reason: 'told to fail' });
    assert.ok(Math.abs(due!.getTime() - Date.now() - LONG) < 30_000, 'it is due in a minute');
    assert.equal((await store.list(group, 1)).length, 1);
  },
};
