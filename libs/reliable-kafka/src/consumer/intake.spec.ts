import { describe, expect, it } from '@jest/globals';
import type { ConsumedRecord, RecordBatch } from '../contracts/index.js';
import { Intake } from './intake.js';

function batch(...offsets: number[]): RecordBatch {
  const records = offsets.map((offset): ConsumedRecord => ({
    topic: 't',
    partition: 0,
    offset: BigInt(offset),
    key: null,
    value: null,
    headers: undefined,
    timestamp: '0',
  }));
  return {
    topic: 't',
    partition: 0,
    records,
    bytes: 0,
    nextOffset: BigInt((offsets.at(-1) ?? 0) + 1),
    highWatermark: 100n,
  };
}

/** What became of records, in the order in which it did. */
function bench(decode: (offset: number) => unknown = () => 'value', buried?: Promise<void>) {
  const told: string[] = [];
  const intake: Intake = new Intake({
    decode: ({ offset }) => decode(Number(offset)),
    admit: ({ offset }) => told.push(`admitted ${offset}`),
    advanced: ({ nextOffset }) => told.push(`advanced to ${nextOffset}`),
    refused: ({ offset }, error) => {
      told.push(`refused ${offset}: ${(error as Error).message}`);
      return buried;
    },
    dropped: ({ offset }) => told.push(`dropped ${offset}`),
    ready: () => intake.feed(100),
  });
  return { intake, told };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('Intake', () => {
  it('takes in as many records as are wanted, over the bounds of batches', () => {
    const { intake, told } = bench();
    intake.add(batch(1, 2));
    intake.add(batch(3, 4));
    intake.feed(3);
    expect(told).toEqual(['admitted 1', 'admitted 2', 'advanced to 3', 'admitted 3']);
    expect(intake.isEmpty).toBe(false);
    intake.feed(3);
    expect(told.slice(4)).toEqual(['admitted 4', 'advanced to 5']);
    expect(intake.isEmpty).toBe(true);
  });

  it('advances over a batch without records', () => {
    const { intake, told } = bench();
    intake.add(batch());
    intake.feed(1);
    expect(told).toEqual(['advanced to 1']);
  });

  it('awaits asynchronous decodes in offset order, also when a later one would end first', async () => {
    const open: (() => void)[] = [];
    const { intake, told } = bench((offset) =>
      offset === 1 ? new Promise<void>((resolve) => open.push(resolve)) : 'value',
    );
    intake.add(batch(1, 2));
    intake.feed(100);
    intake.add(batch(3));
    intake.feed(100);
    expect(told).toEqual([]);
    expect(intake.isEmpty).toBe(false);
    open[0]!();
    await settled();
    expect(told).toEqual(['admitted 1', 'admitted 2', 'advanced to 3', 'admitted 3', 'advanced to 4']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no JSON');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no JSON'))],
  ])('takes nothing in after a record whose decode %s', async (_how, fail) => {
    const { intake, told } = bench((offset) => (offset === 2 ? fail() : 'value'));
    intake.add(batch(1, 2, 3));
    intake.feed(100);
    await settled();
    intake.add(batch(4));
    intake.feed(100);
    expect(told).toEqual(['admitted 1', 'refused 2: no JSON', 'dropped 3', 'dropped 2']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no JSON');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no JSON'))],
  ])('goes on after a record whose decode %s once somebody has taken it', async (_how, fail) => {
    let open!: () => void;
    const passed = new Promise<void>((resolve) => (open = resolve));
    const { intake, told } = bench((offset) => (offset === 2 ? fail() : 'value'), passed);
    intake.add(batch(1, 2, 3));
    intake.feed(100);
    await settled();
    expect(told).toEqual(['admitted 1', 'refused 2: no JSON']);
    expect(intake.isEmpty).toBe(false);
    open();
    await settled();
    expect(told.slice(2)).toEqual(['admitted 3', 'advanced to 4']);
  });

  it('admits nothing after it was closed, a decode under way included', async () => {
    const { intake, told } = bench((offset) => (offset === 1 ? Promise.resolve('value') : 'value'));
    intake.add(batch(1, 2));
    intake.feed(100);
    intake.close();
    await settled();
    expect(told.filter((line) => line.startsWith('admitted'))).toEqual([]);
    expect(told.sort()).toEqual(['dropped 1', 'dropped 2']);
  });
});
