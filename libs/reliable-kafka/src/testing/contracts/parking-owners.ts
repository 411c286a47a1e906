import { strict as assert } from 'node:assert';
import type { ParkingOwner, ParkingStore } from '../../contracts/index.js';
import type { ParkingSubject } from './parking-subject.js';
import { assertSame, dueOf, K, LONG, newPartition, NOW, owned, parkedAt, recordsOf, THEN } from './parking-subject.js';

const CONTENDERS = 10;

/** What a store promises of those who own a partition's parked keys. */
export const OWNERS: Readonly<Record<string, (subject: ParkingSubject) => Promise<void>>> = {
  'an owner finds what the one before has parked': async ({ store }) => {
    const partition = newPartition();
    const { owner, keys } = await store.takeOver(partition, 0n);
    assertSame(keys, []);
    await store.park(owner, K, [parkedAt(5n, partition), parkedAt(7n, partition)], THEN);
    const next = await store.takeOver(partition, 6n);
    assert.ok(next.owner.epoch > owner.epoch, 'its epoch is higher');
    assertSame(next.keys, [{ ...K, records: 2 }]);
    assertSame(next.known, [{ handler: K.handler, offset: 7n, timestamp: '1764000000000' }]);
  },

  'of many who take over at once, each has an epoch of its own, and the highest owns it': async ({ store }) => {
    const partition = newPartition();
    const states = await Promise.all(Array.from({ length: CONTENDERS }, () => store.takeOver(partition, 0n)));
    const owners = states.map(({ owner }) => owner).toSorted((a, b) => Number(a.epoch - b.epoch));
    assert.equal(new Set(owners.map(({ epoch }) => epoch)).size, CONTENDERS);
    const owns = await Promise.all(owners.map((owner) => store.owns(owner)));
    assertSame(owns, [...Array(CONTENDERS - 1).fill(false), true]);
  },

  'an owner is refused everything once another has taken over, and nothing is done': async ({ store }) => {
    const partition = newPartition();
    const { owner } = await store.takeOver(partition, 0n);
    const [first, second] = [parkedAt(5n, partition), parkedAt(7n, partition)];
    await store.park(owner, K, [first, second], NOW);
    const { owner: heir } = await store.takeOver(partition, 0n);
    for (const [name, transition] of Object.entries(TRANSITIONS))
      await assert.rejects(transition(store, owner), { name: 'ParkingFencedError' }, name);
    const [due] = await dueOf(store, heir);
    assertSame([due?.first.record.offset, due?.rounds, due?.isUnclean], [5n, 0, false]);
    assert.equal(await recordsOf(store, partition, K), 2);
  },

  'an owner that was stalled cannot park what another has handled meanwhile': async ({ store }) => {
    const partition = newPartition();
    const { owner } = await store.takeOver(partition, 10n);
    await store.takeOver(partition, 10n);
    const park = store.park(owner, K, [parkedAt(10n, partition)], NOW);
    await assert.rejects(park, { name: 'ParkingFencedError' });
    assert.equal(await recordsOf(store, partition, K), undefined);
  },

  'partitions, topics and groups have nothing to do with each other': async ({ store }) => {
    const one = newPartition();
    const others = [
      { ...one, partition: 4 },
      { ...one, topic: `${one.topic}.` },
      { ...one, group: one.group.toUpperCase() },
      { ...one, group: `${one.group} ` },
    ];
    const { owner } = await store.takeOver(one, 0n);
    await store.park(owner, K, [parkedAt(5n, one)], THEN);
    for (const other of others) assertSame((await store.takeOver(other, 0n)).keys, []);
    assert.equal(await store.owns(owner), true);
  },

  'what is refused does not keep others from what they do at the same time': async ({ store }) => {
    const owner = await owned(store);
    const { owner: heir } = await store.takeOver(owner, 0n);
    const [refused, parked] = await Promise.allSettled([
      store.park(owner, K, [parkedAt(5n, owner)], THEN),
      store.park(heir, K, [parkedAt(6n, owner)], THEN),
    ]);
    assertSame([refused.status, parked.status], ['rejected', 'fulfilled']);
    assert.equal(await recordsOf(store, owner, K), 1);
  },
};

const TRANSITIONS: Readonly<Record<string, (store: ParkingStore, owner: ParkingOwner) => Promise<unknown>>> = {
  park: (store, owner) => store.park(owner, K, [parkedAt(9n, owner)], NOW),
  hold: (store, owner) => store.hold(owner, K, parkedAt(5n, owner), 'dead'),
  take: (store, owner) => store.take(owner, K, parkedAt(5n, owner), LONG),
  settle: (store, owner) => store.settle(owner, K, parkedAt(5n, owner), LONG),
  postpone: (store, owner) => store.postpone(owner, K, THEN),
  sweep: (store, owner) => store.sweep(owner, 100n),
  rewind: (store, owner) => store.rewind(owner, 0n),
};
