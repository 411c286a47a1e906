import { afterEach, describe, expect, it } from '@jest/globals';
import { MemoryParkingStore } from '../../../../../test/support/memory-parking.js';
import { type ParkingMember, ParkingGround } from '../../../../../test/support/parking-members.js';
import { barrier } from '../../../../../test/support/consumers.js';

describe('A key whose record has failed as often as it may', () => {
  let ground: ParkingGround;
  const members: ParkingMember[] = [];
  const store = () => ground.store as MemoryParkingStore;

  async function started(...given: Parameters<ParkingGround['member']>): Promise<ParkingMember> {
    const member = await ground.member(...given).start();
    members.push(member);
    return member;
  }

  afterEach(async () => {
    await Promise.all(members.splice(0).map(({ runtime }) => runtime.close()));
  });

  it('is parked with its later records while others flow and the watermark moves on, and resumes in order', async () => {
    ground = new ParkingGround(new MemoryParkingStore());
    ground.failing.set('k#1', 3);
    const member = await started('a');
    for (const id of ['k#1', 'other#1', 'k#2', 'k#3', 'other#2']) ground.send(id);
    await ground.log.assign([member.source]);
    await ground.until(() => ground.hasEnded('k#3'));
    ground.send('k#4');
    await ground.until(
      () => ground.hasEnded('k#4') && member.has('committed') && ground.log.committed[0]?.offset === 6n,
    );

    expect(ground.ends.filter((id) => id.startsWith('k'))).toEqual(['k#1', 'k#2', 'k#3', 'k#4']);
    expect(ground.runs.filter(({ id }) => id === 'k#1').map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    expect(ground.checker.check()).toMatchObject({ lost: 0, duplicated: 0, reordered: 0, overlapped: 0 });
    expect(await store().list('group', 10)).toEqual([]);
  });

  it('holds back neither the watermark nor the commit while it is parked', async () => {
    ground = new ParkingGround(new MemoryParkingStore());
    ground.failing.set('k#1', 1_000);
    const member = await started('a');
    for (const id of ['k#1', 'k#2', 'other#1', 'k#3']) ground.send(id);
    await ground.log.assign([member.source]);
    await ground.until(() => ground.log.committed[0]?.offset === 4n);
    expect(member.runtime.stats().partitions[0]).toMatchObject({ watermark: 4n, parked: 3, lag: 3n });
    expect(ground.ends).toEqual(['other#1']);
    expect(ground.runsOf('k#2')).toBe(0);
  });

  it('goes on with another owner, who never sees its records run beside each other', async () => {
    ground = new ParkingGround(new MemoryParkingStore());
    ground.failing.set('k#1', 4);
    const first = await started('a');
    for (const id of ['k#1', 'k#2']) ground.send(id);
    await ground.log.assign([first.source]);
    await ground.until(() => first.has('parked') && ground.log.committed[0]?.offset === 2n);
    const second = await started('b');
    await ground.log.assign([second.source]);
    ground.send('k#3');
    await ground.until(() => ground.hasEnded('k#3'));
    expect(ground.ends).toEqual(['k#1', 'k#2', 'k#3']);
    expect(ground.checker.check()).toMatchObject({ duplicated: 0, reordered: 0, overlapped: 0 });
  });

  it('is not run again by redelivery: neither what is parked nor what is done with', async () => {
    ground = new ParkingGround(new MemoryParkingStore());
    ground.failing.set('k#1', 3);
    const first = await started('a');
    for (const id of ['k#1', 'k#2', 'k#3']) ground.send(id);
    await ground.log.assign([first.source]);
    // Nothing starts before the broker knows that something will.
    await ground.until(() => first.has('committed'));
    ground.log.failingCommits = 1_000;
    await ground.until(() => ground.hasEnded('k#3') && first.has('unparked'));
    first.die();
    ground.log.failingCommits = 0;
    const second = await started('b');
    await ground.log.assign([second.source]);
    ground.send('k#4');
    await ground.until(() => ground.hasEnded('k#4') && ground.log.committed[0]?.offset === 4n);
    expect(ground.ends).toEqual(['k#1', 'k#2', 'k#3', 'k#4']);
    expect(ground.checker.check()).toMatchObject({ lost: 0, duplicated: 0, reordered: 0 });
  });

  it('lets a record wait that comes while the key is full, and goes on with it in order', async () => {
    ground = new ParkingGround(new MemoryParkingStore());
    ground.failing.set('k#1', 6);
    const member = await started('a', { park: { backoff: () => 10, maxPerKey: 2 } });
    for (const id of ['k#1', 'k#2', 'k#3', 'other#1', 'k#4']) ground.send(id);
    await ground.log.assign([member.source]);
    await ground.until(() => member.has('parking-full'));
    expect(member.runtime.stats().partitions[0]).toMatchObject({ watermark: 2n, parked: 2 });
    await ground.until(() => ground.hasEnded('k#4'));
    expect(ground.ends.filter((id) => id !== 'other#1')).toEqual(['k#1', 'k#2', 'k#3', 'k#4']);
    expect(ground.checker.check()).toMatchObject({ duplicated: 0, reordered: 0, overlapped: 0 });
  });

  it('is a dead letter after its rounds, and the next record of the key goes on', async () => {
    ground = new ParkingGround(new MemoryParkingStore());
    ground.failing.set('k#1', 1_000);
    const dead: string[] = [];
    const bury = async ({ record, attempts }: { record: { value: Buffer | null }; attempts: number }) =>
      void dead.push(`${JSON.parse(String(record.value)).id} ${attempts}`);
    const policies = { park: { backoff: () => 5, rounds: 3 }, deadLetter: { topic: 'dlt' } };
    const member = await started('a', policies, { deadLetters: { bury } });
    for (const id of ['k#1', 'k#2']) ground.send(id);
    await ground.log.assign([member.source]);
    await ground.until(() => ground.hasEnded('k#2') && member.has('unparked'));
    expect(dead).toEqual(['k#1 5']);
    expect(ground.runsOf('k#1')).toBe(5);
    expect(await store().list('group', 10)).toEqual([]);
  });

  it('takes nothing in before what is parked is known, and runs it first', async () => {
    const gate = barrier();
    class SlowStore extends MemoryParkingStore {
      override async takeOver(...given: Parameters<MemoryParkingStore['takeOver']>) {
        await gate.opened;
        return super.takeOver(...given);
      }
    }
    ground = new ParkingGround(new SlowStore());
    const member = await started('a');
    ground.send('k#1');
    await ground.log.assign([member.source]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ground.runs).toEqual([]);
    gate.open();
    await ground.until(() => ground.hasEnded('k#1'));
  });
});
