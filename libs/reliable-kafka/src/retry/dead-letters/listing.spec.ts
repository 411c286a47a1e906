import { describe, expect, it } from '@jest/globals';
import { dead, MemoryLog, MemoryStates, POLICY, record } from '../../../../../test/support/dead-letters.js';
import { listLetters } from './listing.js';
import { selected } from './selection.js';
import { markReplay } from './replay-headers.js';
import { windows } from './windows.js';
import type { DeadLetterFilter } from './filter.js';

const TOPICS = [POLICY.topic];
const ID = (offset: number) => `group//orders/0/${offset}/1000`;

async function list(log: MemoryLog, filter: DeadLetterFilter = {}, { limit = 100, states = new MemoryStates() } = {}) {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await listLetters({ log, states }, TOPICS, filter, { limit, cursor });
    pages.push(page.letters.map(({ record: { partition, offset } }) => `${partition}@${offset}`));
    cursor = page.cursor;
  } while (cursor);
  return pages;
}

describe('A list of dead letters', () => {
  it('is empty where nobody died, or the topic is not there', async () => {
    expect(await list(new MemoryLog())).toEqual([[]]);
    const sources = { log: new MemoryLog(), states: new MemoryStates() };
    expect(await listLetters(sources, ['none-dlt'], {}, { limit: 1 })).toEqual({ letters: [] });
  });

  it('goes partition by partition, oldest first, in pages, each letter once', async () => {
    const log = new MemoryLog(3);
    for (let offset = 0; offset < 5; offset++) {
      log.bury(dead(record(offset)), 5_000, { partition: 0 });
      log.bury(dead(record(offset, { partition: 2 })), 5_000, { partition: 2 });
    }
    expect(await list(log)).toEqual([['0@0', '0@1', '0@2', '0@3', '0@4', '2@0', '2@1', '2@2', '2@3', '2@4']]);
    expect(await list(log, {}, { limit: 4 })).toEqual([
      ['0@0', '0@1', '0@2', '0@3'],
      ['0@4', '2@0', '2@1', '2@2'],
      ['2@3', '2@4'],
    ]);
    expect((await list(log, {}, { limit: 10 })).flat()).toHaveLength(10);
    expect((await list(log, {}, { limit: 1 })).flat()).toHaveLength(10);
  });

  it('collapses copies to the latest one, in the place of the first, on whatever page', async () => {
    const log = new MemoryLog();
    log.bury(dead(record(1), { attempts: 10 }));
    log.bury(dead(record(2)));
    log.bury(dead(record(1), { attempts: 12 }), 6_000);
    log.bury(dead(record(2)), 6_000);
    log.bury(dead(record(3)));
    for (const limit of [1, 2, 100]) expect((await list(log, {}, { limit })).flat()).toEqual(['0@1', '0@2', '0@3']);
    const sources = { log, states: new MemoryStates() };
    const { letters } = await listLetters(sources, TOPICS, {}, { limit: 1 });
    expect(letters).toMatchObject([{ attempts: 12, diedAt: 6_000, place: { offset: 2n } }]);
  });

  it('leaves out what is no dead letter', async () => {
    const log = new MemoryLog();
    log.append({ key: null, value: Buffer.from('x'), headers: {}, timestamp: '1' });
    log.bury(dead(record(1)));
    expect(await list(log)).toEqual([['0@1']]);
  });

  it.each<[string, DeadLetterFilter, number[]]>([
    ['topic', { topic: 'orders' }, [1, 2, 3]],
    ['group', { group: 'other' }, []],
    ['name of the handler', { handler: 'audit' }, [2]],
    ['class and method of the handler', { handler: 'Orders.handle' }, [1, 3]],
    ['reason', { reason: 'fatal' }, [3]],
    ['time of death', { since: 6_000, until: new Date(7_000) }, [2]],
    ['state', { state: 'discarded' }, [3]],
  ])('is filtered by %s', async (_, filter, offsets) => {
    const log = new MemoryLog();
    log.bury(dead(record(1)), 5_000);
    log.bury(dead(record(2), { binding: { name: 'audit', label: 'Audit.handle' } }), 6_000);
    log.bury(dead(record(3), { reason: 'fatal' }), 7_000);
    const states = new MemoryStates();
    await states.set('', [ID(3)], { status: 'discarded' });
    expect((await list(log, filter, { states })).flat()).toEqual(offsets.map((offset) => `0@${offset}`));
  });

  it('shows a letter as open again that has died in its replay', async () => {
    const log = new MemoryLog();
    const states = new MemoryStates();
    log.bury(dead(record(1)));
    await states.set('', [ID(1)], { status: 'replayed', replayId: 'r1', by: 'me' });
    const shown = async () =>
      (await listLetters({ log, states }, TOPICS, {}, { limit: 1 })).letters.map(({ state }) => state.status);
    expect(await shown()).toEqual(['replayed']);
    log.bury(dead(record(1, { headers: markReplay({}, { replayId: 'r1', letterId: ID(1) }) })));
    expect(await shown()).toEqual(['open']);
    log.bury(dead(record(1)));
    expect(await shown()).toEqual(['open']);
    await states.set('', [ID(1)], { status: 'replayed', replayId: 'r2' });
    expect(await shown()).toEqual(['replayed']);
  });

  it('refuses a cursor that is none of its own', async () => {
    const sources = { log: new MemoryLog(), states: new MemoryStates() };
    for (const cursor of ['x', Buffer.from('["other-dlt",0,"",""]').toString('base64url')]) {
      await expect(listLetters(sources, TOPICS, {}, { limit: 1, cursor })).rejects.toThrow('cursor');
    }
  });
});

describe('Looking through a topic', () => {
  it('goes window by window, from where it is told to', async () => {
    const log = new MemoryLog(2);
    for (let offset = 0; offset < 10; offset++) log.bury(dead(record(offset)), offset);
    const seen: [bigint, number][] = [];
    for await (const { partition, start, letters } of windows(log, TOPICS, { size: 6 })) {
      if (partition === 0) seen.push([start, letters.length]);
    }
    expect(seen).toEqual([
      [0n, 6],
      [6n, 4],
    ]);
    const rest: bigint[] = [];
    const from = { topic: POLICY.topic, partition: 0, offset: 6n };
    for await (const { letters } of windows(log, TOPICS, { from })) rest.push(...letters.map(({ first }) => first));
    expect(rest).toEqual([6n, 7n, 8n, 9n]);
  });

  it('for a letter begins about when its record was sent, and ends when it is found', async () => {
    const log = new MemoryLog();
    log.portionSize = 1;
    const hour = 3_600_000;
    for (let i = 0; i < 50; i++) log.bury(dead(record(i, { timestamp: String(i * hour) })), i * hour);
    const ids = [`group//orders/0/40/${40 * hour}`];
    const found: string[] = [];
    for await (const { letters } of selected({ log, states: new MemoryStates() }, TOPICS, ids))
      found.push(...letters.map(({ id }) => id));
    expect(found).toEqual(ids);
    expect(log.reads).toBeLessThan(15);
  });

  it('finds a letter of a record whose producer was ahead of its time', async () => {
    const log = new MemoryLog();
    log.bury(dead(record(1, { timestamp: '99999999999' })), 5_000);
    const found: string[] = [];
    const id = 'group//orders/0/1/99999999999';
    for await (const { letters } of selected({ log, states: new MemoryStates() }, TOPICS, id))
      found.push(...letters.map((one) => one.id));
    expect(found).toEqual([id]);
  });
});
