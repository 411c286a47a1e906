import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Log } from '../contracts/index.js';
import { CHUNK, Sweeper } from './sweeper.js';

const silent: Log = { log: () => undefined, warn: () => undefined, error: () => undefined };

describe('Sweeper', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  /** A sweeper of a table with so many expired rows. */
  function over(rows: number, log = silent) {
    const asked: number[] = [];
    const sweeper = new Sweeper(
      1000,
      async (atMost) => {
        asked.push(atMost);
        if (rows < 0) throw new Error('of the database');
        const swept = Math.min(rows, atMost);
        rows -= swept;
        return swept;
      },
      log,
    );
    sweeper.start();
    return { sweeper, asked };
  }

  it('goes on chunk by chunk until one is not full, and again when its time has come', async () => {
    const { sweeper, asked } = over(2.5 * CHUNK);
    await jest.advanceTimersByTimeAsync(1250);
    expect(asked).toEqual([CHUNK, CHUNK, CHUNK]);
    await jest.advanceTimersByTimeAsync(1250);
    expect(asked).toHaveLength(4);
    await sweeper.close();
  });

  it('tells of a failure, and goes on another time', async () => {
    const warnings: string[] = [];
    const { sweeper, asked } = over(-1, { ...silent, warn: (message: string) => void warnings.push(message) });
    await jest.advanceTimersByTimeAsync(1250);
    await jest.advanceTimersByTimeAsync(1250);
    expect(asked).toHaveLength(2);
    expect(warnings[0]).toContain('of the database');
    await sweeper.close();
  });

  it('ends with its close, in the middle of what it does', async () => {
    let go!: (swept: number) => void;
    let sweeps = 0;
    const sweeper = new Sweeper(
      1000,
      () => {
        sweeps++;
        return new Promise((resolve) => (go = resolve));
      },
      silent,
    );
    sweeper.start();
    await jest.advanceTimersByTimeAsync(1250);
    let isClosed = false;
    const closing = sweeper.close().then(() => (isClosed = true));
    await jest.advanceTimersByTimeAsync(0);
    expect(isClosed).toBe(false);
    go(CHUNK);
    await closing;
    await jest.advanceTimersByTimeAsync(5000);
    expect(sweeps).toBe(1);
  });
});
