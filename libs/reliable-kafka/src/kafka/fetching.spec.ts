import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Consumer } from 'kafkajs';
import { setImmediate as turn } from 'node:timers/promises';
import { Fetching } from './fetching.js';
import type { GroupOffsets, LogRange } from './group-offsets.js';
import type { FetchedBatch } from './records.js';

const T0 = { topic: 't', partition: 0 };

/** kafkajs's side, as far as it is told anything: which position it was sent to and whether it may fetch. */
class Told {
  position = '';
  fetches = false;
  readonly consumer = {
    seek: ({ offset }: { offset: string }) => (this.position = offset),
    pause: () => (this.fetches = false),
    resume: () => (this.fetches = true),
  } as unknown as Consumer;
}

let told: Told;
let fetching: Fetching;
let displaced: number;
let outside: bigint[];
let paused: boolean;
const range: LogRange = { ...T0, start: 0n, end: 100n };

beforeEach(async () => {
  told = new Told();
  displaced = 0;
  outside = [];
  paused = false;
  const offsets = { rangesOf: async () => new Map([['t[0]', range]]) } as unknown as GroupOffsets;
  const events = {
    displaced: () => void displaced++,
    outOfRange: ({ position }: { position: bigint }) => void outside.push(position),
    inRange: () => undefined,
  };
  fetching = new Fetching(
    () => told.consumer,
    offsets,
    () => paused,
    events,
    { log() {}, warn() {}, error() {} },
  );
  fetching.begin([{ ...T0, position: 10n }]);
  await turn();
});

const batch = (fetchedOffset: number, lastOffset: number) =>
  ({
    ...T0,
    fetchedOffset: `${fetchedOffset}`,
    lastOffset: () => `${lastOffset}`,
    messages: [],
    highWatermark: '100',
  }) as unknown as FetchedBatch;
const emptied = (first: number | null, last: number) =>
  fetching.acceptEmptied({ ...T0, firstOffset: first === null ? null : `${first}`, lastOffset: `${last}` });

describe('a fetched batch', () => {
  it('is taken when it begins at the position, which then lies behind it', () => {
    expect(fetching.accept(batch(10, 14))!.nextOffset).toBe(15n);
    expect(fetching.accept(batch(15, 15))!.nextOffset).toBe(16n);
    expect(displaced).toBe(0);
  });

  it('is dropped when it begins elsewhere, and kafkajs is sent back to the position', async () => {
    expect(fetching.accept(batch(0, 4))).toBeUndefined();
    expect(displaced).toBe(1);
    expect(told).toMatchObject({ position: '10', fetches: false });
    await turn();
    expect(told.fetches).toBe(true);
  });

  it('is dropped between assignments, and kafkajs fetches nothing then', () => {
    fetching.end();
    expect(fetching.accept(batch(10, 14))).toBeUndefined();
    expect(told.fetches).toBe(false);
    expect(displaced).toBe(0);
  });
});

describe('a batch without a record for us', () => {
  it('moves the position past it', () => {
    expect(emptied(10, 12)).toBe(13n);
    expect(emptied(20, 22)).toBe(23n);
  });

  it('is no news when it is behind the position', () => {
    expect(emptied(5, 9)).toBeUndefined();
  });

  it('that lies beyond the position is a leftover of a fetch before the seek: it must not skip what is between', async () => {
    fetching.seek(T0, 50n);
    expect(emptied(70, 72)).toBeUndefined();
    expect(told.position).toBe('50');
    expect(fetching.accept(batch(50, 55))!.nextOffset).toBe(56n);
  });

  it('that comes a second time lies behind a gap in the log, and is believed', () => {
    fetching.seek(T0, 50n);
    expect(emptied(70, 72)).toBeUndefined();
    expect(emptied(70, 72)).toBe(73n);
  });
});

describe('fetching begins', () => {
  it('after a look at the bounds of the log', () => {
    expect(told).toMatchObject({ position: '10', fetches: true });
  });

  it('never outside them', async () => {
    fetching.seek(T0, 101n);
    await turn();
    expect(outside).toEqual([101n]);
    expect(told.fetches).toBe(false);
  });

  it('not while there is a reason to pause, though the position is looked at', async () => {
    paused = true;
    fetching.seek(T0, 101n);
    fetching.seek(T0, 20n);
    await turn();
    expect(told).toMatchObject({ position: '20', fetches: false });
  });

  it('where it was when kafkajs joined again and forgot', async () => {
    fetching.accept(batch(10, 14));
    told.position = 'what was committed';
    fetching.restore();
    await turn();
    expect(told).toMatchObject({ position: '15', fetches: true });
  });
});
