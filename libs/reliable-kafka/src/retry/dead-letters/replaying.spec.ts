import { describe, expect, it } from '@jest/globals';
import { dead, MemoryLog, MemoryStates, POLICY, record } from '../../../../../test/support/dead-letters.js';
import { DeadLetterInterruptedError } from './changing.js';
import { discardLetters } from './discarding.js';
import { replayLetters, type ReplayWork } from './replaying.js';
import type { DeadLetterSelection } from './selection.js';

const ID = (offset: number) => `group//orders/0/${offset}/1000`;

function ground(letters = 3) {
  const log = new MemoryLog();
  const states = new MemoryStates();
  const delivered: string[] = [];
  const paced: number[] = [];
  const released: string[] = [];
  let replays = 0;
  for (let offset = 1; offset <= letters; offset++) log.bury(dead(record(offset)), 5_000 + offset);
  const work: ReplayWork = {
    log,
    states,
    deliver: async (batch, replayId) =>
      void delivered.push(...batch.map(({ record }) => `${record.offset} ${replayId}`)),
    pace: async (count) => void paced.push(count),
    batch: 100,
    newId: () => `r${++replays}`,
    now: () => 9_000,
  };
  const replay = (selection: DeadLetterSelection, force = false, more: Partial<ReplayWork> = {}) =>
    replayLetters({ ...work, ...more }, [POLICY.topic], selection, { force, by: 'me' });
  const discard = (selection: DeadLetterSelection, force = false) => {
    const release = async ({ id }: { id: string }) => void released.push(id);
    return discardLetters({ ...work, release }, [POLICY.topic], selection, { force, by: 'me', why: 'obsolete' });
  };
  return { log, states, delivered, paced, released, replay, discard };
}

describe('A replay', () => {
  it('hands over all that is open, in order, and says who did it', async () => {
    const { replay, delivered, paced, states } = ground();
    expect(await replay({})).toEqual({ done: 3, skipped: [] });
    expect(delivered).toEqual(['1 r1', '2 r1', '3 r1']);
    expect(paced).toEqual([3]);
    expect(states.states.get(ID(2))).toEqual({ status: 'replayed', replayId: 'r1', by: 'me', at: 9_000 });
  });

  it('hands over one letter, or several, by their ids', async () => {
    const { replay, delivered } = ground();
    await replay(ID(2));
    await replay([ID(3), ID(1)]);
    expect(delivered).toEqual(['2 r1', '1 r2', '3 r2']);
  });

  it('hands copies over once', async () => {
    const { log, replay, delivered } = ground(1);
    log.bury(dead(record(1)));
    await replay({});
    expect(delivered).toEqual(['1 r1']);
  });

  it('of a letter that was replayed or discarded needs force', async () => {
    const { replay, discard, delivered } = ground();
    await replay(ID(1));
    await discard(ID(2));
    expect(await replay([ID(1), ID(2), ID(3), 'group//orders/0/9/1000'])).toEqual({
      done: 1,
      skipped: [
        { id: ID(1), why: 'it is replayed by me at 1970-01-01T00:00:09.000Z: with force it is done again' },
        { id: ID(2), why: 'it is discarded by me at 1970-01-01T00:00:09.000Z: with force it is done again' },
        { id: 'group//orders/0/9/1000', why: 'there is no such letter' },
      ],
    });
    expect(await replay({})).toEqual({ done: 0, skipped: [] });
    expect(await replay([ID(1), ID(2)], true)).toMatchObject({ done: 2 });
    expect(delivered).toEqual(['1 r1', '3 r2', '1 r4', '2 r4']);
  });

  it('of two at once, one gets a letter', async () => {
    const { replay, delivered } = ground(1);
    const reports = await Promise.all([replay({}), replay({})]);
    expect(delivered).toHaveLength(1);
    expect(reports.map(({ done }) => done).toSorted()).toEqual([0, 1]);
    expect(reports.flatMap(({ skipped }) => skipped)).toEqual([{ id: ID(1), why: 'somebody else was faster' }]);
  });

  it('that fails tells how far it came, and leaves the others open', async () => {
    const { replay, states, delivered } = ground(250);
    let batches = 0;
    const deliver = async () => {
      if (++batches === 2) throw new Error('down');
    };
    const failed = replay({}, false, { deliver });
    await expect(failed).rejects.toThrow(DeadLetterInterruptedError);
    await expect(failed).rejects.toMatchObject({ report: { done: 100 } });
    expect(states.states.get(ID(150))?.status).toBe('replaying');
    expect(states.states.get(ID(250))).toBeUndefined();
    expect(await replay({})).toMatchObject({ done: 50 });
    expect(delivered).toHaveLength(50);
  });
});

describe('Discarding', () => {
  it('says who and why', async () => {
    const { discard, states } = ground();
    expect(await discard([ID(2)])).toEqual({ done: 1, skipped: [] });
    expect(states.states.get(ID(2))).toEqual({ status: 'discarded', by: 'me', why: 'obsolete', at: 9_000 });
  });

  it('lets the keys of held letters go on, first', async () => {
    const { log, discard, released } = ground(1);
    log.bury(dead(record(7)), 6_000, { policy: { ...POLICY, hold: true } });
    await discard({});
    expect(released).toEqual([ID(7)]);
  });
});
