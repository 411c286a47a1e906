import { strict as assert } from 'node:assert';
import type { ParkingOwner, Replay } from '../../contracts/index.js';
import type { ParkingSubject } from './parking-subject.js';
import {
  assertSame,
  drained,
  dueOf,
  K,
  keyOf,
  NOW,
  owned,
  parkedAt,
  recordAt,
  recordsOf,
  THEN,
  untilDue,
} from './parking-subject.js';

function replayOf(owner: ParkingOwner, offset: bigint, replayId = 'r1', key: string | undefined = 'k'): Replay {
  return { group: owner.group, handler: K.handler, key, record: recordAt(offset, owner), replayId };
}

function heldBy(owner: ParkingOwner, offset: bigint) {
  return { group: owner.group, handler: K.handler, key: 'k', record: { ...owner, offset } };
}

/** What a store promises of dead letters that hold their keys, of those that come back, and of a log that is read again. */
export const REPLAYS: Readonly<Record<string, (subject: ParkingSubject) => Promise<void>>> = {
  'a key that a dead letter holds is never due, and its later records join': async ({ store }) => {
    const owner = await owned(store);
    assert.equal(await store.hold(owner, K, parkedAt(5n, owner), 'dead'), 1);
    assert.equal(await store.park(owner, K, [parkedAt(7n, owner)], NOW), 2);
    assertSame(await dueOf(store, owner), []);
    assert.equal(await store.take(owner, K, parkedAt(5n, owner), 0), false);
    const { keys, known } = await store.takeOver(owner, 0n);
    assertSame(keys, [{ ...K, records: 2 }]);
    assertSame(known.map(({ offset }) => offset).toSorted(), [5n, 7n]);
  },

  'a discarded dead letter lets its key go on, without being run': async ({ store }) => {
    const owner = await owned(store);
    await store.hold(owner, K, parkedAt(5n, owner), 'dead');
    await store.park(owner, K, [parkedAt(7n, owner)], NOW);
    assert.equal(await store.releaseKey(heldBy(owner, 4n)), false);
    assert.equal(await store.releaseKey(heldBy(owner, 5n)), true);
    assert.equal(await store.releaseKey(heldBy(owner, 5n)), false);
    await untilDue(store, owner);
    assertSame(await drained(store, owner, K), ['5 dead', '7']);
  },

  'a parked record that becomes a dead letter holds its key in its place': async ({ store }) => {
    const owner = await owned(store);
    const [first, second] = [parkedAt(5n, owner), parkedAt(7n, owner)];
    await store.park(owner, K, [first, second], NOW);
    await store.take(owner, K, first, 0);
    assert.equal(await store.hold(owner, K, first, 'dead'), 2);
    assertSame(await dueOf(store, owner), []);
    await store.releaseKey(heldBy(owner, 5n));
    await untilDue(store, owner);
    assertSame(await drained(store, owner, K), ['5 dead', '7']);
  },

  'a replay of the dead letter that holds a key goes before its later records': async ({ store }) => {
    const owner = await owned(store);
    await store.hold(owner, K, parkedAt(5n, owner), 'dead');
    await store.park(owner, K, [parkedAt(7n, owner)], NOW);
    const replay = replayOf(owner, 5n);
    await store.replay([replay]);
    await untilDue(store, owner);
    assertSame(await drained(store, owner, K), ['5 dead', '5r1', '7']);
  },

  'a replay of another dead letter does not let a held key go on': async ({ store }) => {
    const owner = await owned(store);
    await store.hold(owner, K, parkedAt(5n, owner), 'dead');
    await store.replay([replayOf(owner, 3n)]);
    assertSame(await dueOf(store, owner), []);
    await store.releaseKey(heldBy(owner, 5n));
    await untilDue(store, owner);
    assertSame(await drained(store, owner, K), ['3r1', '5 dead']);
  },

  'a replay comes back as it was, is due at once, and is told to those who asked for it': async ({ store }) => {
    const owner = await owned(store);
    let changes = 0;
    const stop = store.whenChanged(() => changes++);
    const replay = replayOf(owner, 5n);
    await store.replay([replay]);
    stop();
    await store.replay([replayOf(owner, 6n, 'other', 'other')]);
    assert.equal(changes, 1);
    const [due] = (await dueOf(store, owner)).filter(({ key }) => key === K.key);
    assertSame([due?.key, due?.first.record, due?.first.replayId], [K.key, replay.record, 'r1']);
  },

  'a replay that is asked for twice is there once, also when it is done with': async ({ store }) => {
    const owner = await owned(store);
    await store.replay([replayOf(owner, 5n), replayOf(owner, 5n)]);
    assertSame(await drained(store, owner, K), ['5r1']);
    await store.sweep(owner, 100n);
    await store.replay([replayOf(owner, 5n)]);
    assert.equal((await drained(store, owner, K)).includes('5r1'), false);
    await store.replay([replayOf(owner, 5n, 'r2')]);
    assertSame(await drained(store, owner, K), ['5r2']);
  },

  'replays of one key go in the order of the log, before what is parked of later offsets': async ({ store }) => {
    const owner = await owned(store);
    await store.park(owner, K, [parkedAt(7n, owner)], NOW);
    await store.replay([replayOf(owner, 3n), replayOf(owner, 5n), replayOf(owner, 9n)]);
    assertSame(await drained(store, owner, K), ['3r1', '5r1', '7', '9r1']);
  },

  'a replay is no record of the log: it is not known when that is read again': async ({ store }) => {
    const owner = await owned(store);
    await store.replay([replayOf(owner, 5n)]);
    assertSame((await store.takeOver(owner, 0n)).known, []);
  },

  'replays without a key are keys of their own': async ({ store }) => {
    const owner = await owned(store);
    const without = (offset: bigint): Replay => ({ ...replayOf(owner, offset), key: undefined });
    await store.replay([without(5n), without(6n)]);
    assertSame((await dueOf(store, owner)).map(({ key }) => key).toSorted(), ['5', '6']);
  },

  'a log that is read again from an offset has no rows from there on, and keys keep what lies below': async ({
    store,
  }) => {
    const owner = await owned(store);
    await store.park(
      owner,
      K,
      [5n, 7n, 9n].map((offset) => parkedAt(offset, owner)),
      THEN,
    );
    await store.park(owner, keyOf('gone'), [parkedAt(8n, owner)], THEN);
    await store.replay([replayOf(owner, 8n)]);
    const { keys, known, owner: same } = await store.rewind(owner, 7n);
    assertSame([keys, known, same.epoch], [[{ ...K, records: 1 }], [], owner.epoch]);
    assert.equal(await recordsOf(store, owner, keyOf('gone')), undefined);
    assert.equal(await store.park(owner, K, [parkedAt(7n, owner)], NOW), 2);
  },

  'a log that is read again from above a dead letter leaves its key held, from below not': async ({ store }) => {
    const owner = await owned(store);
    await store.hold(owner, K, parkedAt(5n, owner), 'dead');
    await store.park(owner, K, [parkedAt(7n, owner)], NOW);
    assertSame((await store.rewind(owner, 6n)).keys, [{ ...K, records: 1 }]);
    assertSame(await dueOf(store, owner), []);
    assertSame((await store.rewind(owner, 5n)).keys, []);
  },
};
