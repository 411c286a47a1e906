import { afterEach, describe, expect, it } from '@jest/globals';
import { barrier } from '../../../../test/support/consumers.js';
import { type Handle, idOf, MortalGround } from '../../../../test/support/mortal-members.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const soon = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Ids of so many keys, so many of each, in turn. */
const ids = (name: string, keys: number, each: number) =>
  Array.from({ length: keys * each }, (_, i) => `${name}${i % keys}#${Math.floor(i / keys)}`);

describe('A record that ends every process that runs it', () => {
  let ground: MortalGround;
  afterEach(() => ground.close());

  const killing =
    (...killers: string[]): Handle =>
    async ({ id }, process) => {
      await turn();
      if (killers.includes(id)) await process.die();
    };

  /** Everything but these has ended well, in order. */
  function expectAllBut(...killers: string[]): void {
    expect(ground.buriedIds).toEqual(killers);
    expect(ground.checker.check()).toMatchObject({ lost: killers.length, reordered: 0, overlapped: 0 });
  }

  it('is dead-lettered as `crashed` after a few of them, and nothing else is', async () => {
    ground = new MortalGround(3, killing('a3#4'));
    for (const partition of [0, 1, 2]) ground.send(partition, ...ids('abc'[partition]!, 5, 20));
    await ground.live(() => ground.ended.size === 299 && ground.buried.length === 1);
    expectAllBut('a3#4');
    expect(ground.buried[0]).toMatchObject({ reason: 'crashed', error: { name: 'CrashedError', crashes: 2 } });
    expect(ground.deaths).toBeLessThanOrEqual(5);
  });

  it('goes on for ever where commits tell nothing beside the offset', async () => {
    ground = new MortalGround(1, killing('a3#4'));
    ground.isForgetful = true;
    ground.send(0, ...ids('a', 5, 20));
    await ground.live(() => ground.buried.length > 0, 30);
    expect(ground.deaths).toBe(30);
  });

  it('is found among others that run whenever it ends a process, in all partitions', async () => {
    // Whatever runs beside it when it runs has not ended when the process dies.
    ground = new MortalGround(4, async ({ id }, process) => {
      await soon(id === 'a0#3' ? 5 : 8);
      if (id === 'a0#3') await process.die();
    });
    for (const partition of [0, 1, 2, 3]) ground.send(partition, ...ids('abcd'[partition]!, 4, 5));
    await ground.live(() => ground.ended.size === 79 && ground.buried.length === 1);
    expectAllBut('a0#3');
  });

  it('is found beside others of its kind, in the same partition and in another one', async () => {
    const killers = ['a0#1', 'a2#4', 'b1#0'];
    ground = new MortalGround(2, killing(...killers));
    for (const partition of [0, 1]) ground.send(partition, ...ids('ab'[partition]!, 5, 20));
    await ground.live(() => ground.ended.size === 197 && ground.buried.length === 3);
    expect(ground.buriedIds.toSorted()).toEqual(killers);
    expect(ground.checker.check()).toMatchObject({ lost: 3, reordered: 0, overlapped: 0 });
  });

  it('is found when it does so in its second attempt only', async () => {
    ground = new MortalGround(1, async ({ id }, process, { attempt }) => {
      await turn();
      if (id !== 'a0#1') return;
      if (attempt > 1) await process.die();
      throw new Error('not yet');
    });
    ground.send(0, ...ids('a', 5, 10));
    await ground.live(() => ground.ended.size === 49 && ground.buried.length === 1);
    expectAllBut('a0#1');
  });

  it('is found under commits that are waited for', async () => {
    ground = new MortalGround(1, killing('a3#4'), { commit: { after: 'record', mode: 'sync' } });
    ground.send(0, ...ids('a', 5, 10));
    await ground.live(() => ground.ended.size === 49 && ground.buried.length === 1);
    expectAllBut('a3#4');
  });

  it('keeps its key waiting where there is no dead letter topic, is told, and does not run when another process takes over', async () => {
    ground = new MortalGround(1, killing('a3#4'), { deadLetter: undefined });
    ground.send(0, ...ids('a', 5, 10));
    await ground.live(() => ground.ended.size === 44);
    const { deaths } = ground;
    const held = ground.members.at(-1)!.events.find((event) => event.type === 'lane-held');
    expect(held).toMatchObject({ record: { offset: 23n }, error: { name: 'CrashedError' } });

    const heir = await ground.next();
    await ground.until(() => heir.has('lane-held'));
    await ground.next();
    ground.send(0, 'late#0');
    await ground.until(() => ground.ended.has('late#0'));
    expect(ground.deaths).toBe(deaths);
    expect(ground.ended.size).toBe(45);
  });

  it('runs again when an operator seeks to it', async () => {
    let isMended = false;
    ground = new MortalGround(
      1,
      async ({ id }, process) => {
        if (id === 'a0#1' && !isMended) await process.die();
      },
      { deadLetter: undefined },
    );
    ground.send(0, 'a0#0', 'a0#1', 'a0#2');
    await ground.live(() => ground.members.at(-1)?.has('lane-held') ?? false);
    isMended = true;
    await ground.members.at(-1)!.runtime.seek({ topic: 'work', offset: 1n });
    await ground.until(() => ground.ended.has('a0#2'));
    expect([...ground.ended]).toEqual(['a0#0', 'a0#1', 'a0#2']);
  });

  it('is found while partitions are handed on between its crashes', async () => {
    ground = new MortalGround(1, killing('a3#4'));
    ground.send(0, ...ids('a', 5, 20));
    await ground.live(() => ground.members.at(-1)?.has('caution-began') ?? false);
    // Each has got a little further when it hands the partition on.
    for (let handovers = 0; handovers < 5; handovers++) {
      const { size } = ground.ended;
      const member = await ground.next();
      await ground.until(() => ground.ended.size > size || member.isDead);
    }
    await ground.live(() => ground.ended.size === 99 && ground.buried.length === 1);
    expectAllBut('a3#4');
    expect(ground.deaths).toBeLessThanOrEqual(5);
  });
});

describe('Processes that go down for another reason', () => {
  let ground: MortalGround;
  afterEach(() => ground.close());

  it('take no record with them, however often they do and whatever runs then, as long as some get done', async () => {
    ground = new MortalGround(2, turn, { commit: { after: { count: 1000 }, mode: 'async' } });
    for (const partition of [0, 1]) ground.send(partition, ...ids('ab'[partition]!, 1, 300));
    while (ground.ended.size < 600) {
      const member = await ground.next();
      for (let turns = 0; turns < 20; turns++) await turn();
      void member.die();
    }
    expect(ground.deaths).toBeGreaterThan(10);
    expect(ground.members.filter((member) => member.has('caution-began')).length).toBeGreaterThan(5);
    expect(ground.buried).toEqual([]);
    expect(ground.checker.check()).toMatchObject({ lost: 0, reordered: 0, overlapped: 0 });
  });

  it('leave a partition cautious, which ends when as many records have run as may have been the reason', async () => {
    const opened = barrier();
    ground = new MortalGround(1, () => opened.opened, {}, { concurrency: 5 });
    ground.send(0, ...ids('a', 5, 4));
    for (let lives = 0; lives < 2; lives++) {
      const member = await ground.next();
      await ground.until(() => member.running === 5);
      void member.die();
    }
    const last = await ground.next();
    await ground.until(() => last.running === 1);
    expect(last.events.find(({ type }) => type === 'caution-began')).toMatchObject({ starts: 3, suspects: [] });
    expect(last.runtime.stats().partitions).toMatchObject([{ cautious: true, inFlight: 1 }]);
    opened.open();
    await ground.until(() => last.has('caution-ended') && ground.ended.size === 20);
    expect(last.mostRunning).toBe(1);
    expect(last.runtime.stats().partitions).toMatchObject([{ cautious: false }]);

    const gate = barrier();
    const heir = await ground.next({ invoke: () => gate.opened.then(() => ({ kind: 'handled' })) });
    ground.send(0, ...ids('a', 5, 1));
    await ground.until(() => heir.runtime.stats().inFlight === 5 || heir.has('caution-began'));
    expect(heir.has('caution-began')).toBe(false);
    gate.open();
  });

  it('do not make other partitions wait for the one that is cautious', async () => {
    const opened = barrier();
    ground = new MortalGround(2, ({ key }) => (key.startsWith('a') ? opened.opened : turn()), {}, { concurrency: 4 });
    ground.send(0, ...ids('a', 40, 2));
    for (let lives = 0; lives < 2; lives++) {
      const member = await ground.next();
      await ground.until(() => member.running === 4);
      void member.die();
    }
    const last = await ground.next();
    await ground.until(() => last.running === 1);
    ground.send(1, ...ids('b', 40, 5));
    await ground.until(() => ground.ended.size === 200);
    expect(last.runtime.stats().partitions.map(({ cautious }) => cautious)).toEqual([true, false]);
    opened.open();
    await ground.until(() => ground.ended.size === 280);
  });

  it('do not count when they ended cleanly', async () => {
    ground = new MortalGround(
      1,
      async ({ id }) => {
        if (id === 'a0#0') throw new Error('never');
      },
      { deadLetter: undefined },
    );
    ground.send(0, ...ids('a', 5, 4));
    for (let lives = 0; lives < 6; lives++) {
      const member = await ground.next();
      await ground.until(() => member.has('attempt-failed'));
      expect(member.has('caution-began')).toBe(false);
    }
    expect(ground.log.committed[0]?.offset).toBe(0n);
  });
});

describe('Before anything of a partition starts', () => {
  let ground: MortalGround;
  afterEach(() => ground.close());

  it('the broker knows that something will, also after a rebalance that gives it back', async () => {
    const startedAt: (string | undefined)[] = [];
    ground = new MortalGround(1, async () => {
      startedAt.push(ground.log.committed[0]?.metadata);
    });
    ground.send(0, 'a#0');
    const member = await ground.next();
    await ground.until(() => ground.ended.size === 1);
    await member.source.listener!.drain('rebalance');
    expect(ground.log.committed[0]).toEqual({ offset: 1n, metadata: '' });
    await ground.log.assign([member.source]);
    ground.send(0, 'a#1');
    await ground.until(() => ground.ended.size === 2);
    expect(startedAt).toEqual([expect.stringMatching(/^rk1\./), expect.stringMatching(/^rk1\./)]);
  });

  it('nothing is committed for a partition without records', async () => {
    ground = new MortalGround(2, turn);
    ground.send(0, 'a#0');
    const member = await ground.next();
    await ground.until(() => ground.ended.size === 1);
    await member.runtime.close();
    expect(ground.log.committed).toEqual([{ offset: 1n, metadata: '' }, undefined]);
    expect(idOf(ground.log.partitions[0]![0]!.value)).toBe('a#0');
  });
});
