import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { barrier } from '../../../../../test/support/consumers.js';
import { parkingAround } from '../../../../../test/support/failing-parking.js';
import { MemoryParkingStore } from '../../../../../test/support/memory-parking.js';
import { ParkingGround, type ParkingMember } from '../../../../../test/support/parking-members.js';
import type { ParkingStore } from '../../contracts/index.js';

/** Compares no epoch: what everybody would write first. */
class NaiveParkingStore extends MemoryParkingStore {
  protected override owned(...[owner]: Parameters<MemoryParkingStore['owned']>) {
    return this.rowsOf(owner);
  }
}

describe('An owner that stands still while another takes its partition over', () => {
  const members: ParkingMember[] = [];
  afterEach(async () => {
    await Promise.all(members.splice(0).map(({ runtime }) => runtime.close()));
  });

  /** K@0 is on its way into the store when its owner stalls; another one handles it, and K@1 and K@2; then the old one wakes. */
  async function wokenBeside(store: MemoryParkingStore): Promise<{ ground: ParkingGround; zombie: ParkingMember }> {
    const ground = new ParkingGround(store);
    const [stalled, wake] = [barrier(), barrier()];
    const parked = barrier();
    const view: ParkingStore = parkingAround(store, async (method, call) => {
      if (method !== 'park') return call();
      stalled.open();
      await wake.opened;
      return call().finally(parked.open);
    });
    ground.failing.set('k#1', 2);
    const zombie = await ground.member('zombie', {}, { store: view }).start();
    const heir = await ground.member('heir').start();
    members.push(zombie, heir);
    ground.send('k#1');
    await ground.log.assign([zombie.source]);
    await stalled.opened;
    zombie.source.isReachable = false;
    zombie.source.lease = false;
    await ground.log.assign([heir.source]);
    for (const id of ['k#2', 'k#3']) ground.send(id);
    await ground.until(() => ground.hasEnded('k#3'));
    wake.open();
    await parked.opened;
    return { ground, zombie };
  }

  it('parks nothing when it wakes: the record has run in its order, and once', async () => {
    const { ground, zombie } = await wokenBeside(new MemoryParkingStore(5));
    await ground.until(() => zombie.has('parking-fenced'));
    ground.send('k#4');
    await ground.until(() => ground.hasEnded('k#4'));
    expect(ground.ends).toEqual(['k#1', 'k#2', 'k#3', 'k#4']);
    expect(await ground.store.list('group', 10)).toEqual([]);
    await ground.until(() => ground.log.committed[0]?.offset === 4n);
  });

  it('is seen to run a record after newer ones of its key where the store compares no owner: the control', async () => {
    const { ground } = await wokenBeside(new NaiveParkingStore(5));
    await ground.until(() => ground.ends.length === 4);
    expect(ground.ends).toEqual(['k#1', 'k#2', 'k#3', 'k#1']);
  });
});

describe('An owner', () => {
  let ground: ParkingGround;
  const members: ParkingMember[] = [];
  const store = () => ground.store as MemoryParkingStore;

  async function started(...given: Parameters<ParkingGround['member']>): Promise<ParkingMember> {
    const member = await ground.member(...given).start();
    members.push(member);
    return member;
  }

  beforeEach(() => {
    ground = new ParkingGround(new MemoryParkingStore(5));
  });
  afterEach(async () => {
    await Promise.all(members.splice(0).map(({ runtime }) => runtime.close()));
  });

  it('that somebody late has fenced takes the partition over again, and goes on where it was', async () => {
    ground.failing.set('k#1', 3);
    const member = await started('a', { park: { backoff: () => 50 } });
    for (const id of ['k#1', 'k#2']) ground.send(id);
    await ground.log.assign([member.source]);
    await ground.until(() => member.has('parked'));
    await store().takeOver({ group: 'group', topic: 'work', partition: 0 }, 0n);
    ground.send('k#3');
    await ground.until(() => member.has('parking-fenced'));
    ground.send('k#4');
    await ground.until(() => ground.hasEnded('k#4'));
    expect(ground.ends).toEqual(['k#1', 'k#2', 'k#3', 'k#4']);
    expect(ground.checker.check()).toMatchObject({ lost: 0, reordered: 0, overlapped: 0 });
  });

  it('whose partition comes back keeps what it has in hand while nobody else took it over', async () => {
    ground.failing.set('k#1', 1_000);
    const member = await started('a', { park: { backoff: () => 60_000 } });
    ground.send('k#1');
    await ground.log.assign([member.source]);
    await ground.until(() => ground.log.committed[0]?.offset === 1n);
    const { epoch } = member.runtime.stats().partitions[0]!;
    await ground.log.assign([member.source]);
    ground.send('k#2');
    await ground.until(() => member.has('parked-behind'));
    expect(member.runtime.stats().partitions[0]).toMatchObject({ epoch, parked: 2 });
  });

  it('whose partition comes back after another has parked there, and committed nothing, finds what that one did', async () => {
    const gate = barrier();
    ground.gates.set('k#1', gate.opened);
    ground.failing.set('k#1', 2);
    const first = await started('a');
    ground.send('k#1');
    await ground.log.assign([first.source]);
    await ground.until(() => ground.runsOf('k#1') === 1);
    ground.log.failingCommits = 1_000;
    // The first one keeps its attempt: it is the same process that gets the partition back.
    const { owner } = await store().takeOver({ group: 'group', topic: 'work', partition: 0 }, 0n);
    const record = ground.log.partitions[0]![0]!;
    await store().park(owner, { handler: '', key: '"k"' }, [{ record, replayId: '', attempts: 2 }], {
      retryIn: 0,
      reason: '',
    });
    gate.open();
    ground.log.failingCommits = 0;
    await ground.log.assign([first.source]);
    ground.send('k#2');
    await ground.until(() => ground.hasEnded('k#2'));
    expect(ground.ends).toEqual(['k#1', 'k#2']);
    expect(ground.checker.check()).toMatchObject({ duplicated: 0, reordered: 0, overlapped: 0 });
  });

  it('tells of keys that are parked for a handler that is not there any more', async () => {
    const partition = { group: 'group', topic: 'work', partition: 0 };
    const { owner } = await store().takeOver(partition, 0n);
    const record = { topic: 'work', partition: 0, offset: 0n, key: null, value: null, headers: {}, timestamp: '0' };
    const parked = [{ record, replayId: '', attempts: 1 }];
    await store().park(owner, { handler: 'old', key: '"k"' }, parked, { retryIn: 0, reason: '' });
    const member = await started('a');
    await ground.log.assign([member.source]);
    await ground.until(() => member.has('parked-unclaimed'));
    expect(member.events).toContainEqual(
      expect.objectContaining({ handler: 'old', keys: 1, topic: 'work', partition: 0 }),
    );
  });

  it('asks the store to forget what is done with once the commit above it is acknowledged', async () => {
    ground.failing.set('k#1', 2);
    const member = await started('a');
    for (const id of ['k#1', 'k#2']) ground.send(id);
    ground.log.failingCommits = 3;
    await ground.log.assign([member.source]);
    await ground.until(() => ground.hasEnded('k#2'));
    expect([...store().partitions.values()][0]!.records.length).toBeGreaterThan(0);
    while ([...store().partitions.values()][0]!.records.length > 0) await new Promise(setImmediate);
    expect(ground.log.committed[0]?.offset).toBe(2n);
  });
});
