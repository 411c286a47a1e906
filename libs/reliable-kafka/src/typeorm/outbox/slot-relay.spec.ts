import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { OutgoingRecord } from '../../contracts/index.js';
import { RefusedBatchError, RefusedRecordsError } from '../../contracts/index.js';
import type { NumberedRow } from './outbox-records.js';
import { SlotRelay } from './slot-relay.js';

const MOST = 4;

/** A slot in memory, a broker in memory, and everything that happened to them. */
class Ground {
  rows: NumberedRow[] = [];
  isOurs = true;
  readonly told: string[] = [];
  /** What `publish` does before it succeeds. */
  publishing: (values: readonly string[], records: readonly OutgoingRecord[]) => unknown = () => undefined;
  removing: () => unknown = () => undefined;
  opening: () => unknown = () => undefined;
  private quiet: (() => void) | undefined;
  private relay: SlotRelay | undefined;
  private seq = 0;

  start(): SlotRelay {
    this.relay = new SlotRelay({
      most: MOST,
      read: async (most) => {
        if (this.rows.length === 0) this.quiet?.();
        return this.rows.slice(0, most);
      },
      holds: async () => {
        if (!this.isOurs) this.quiet?.();
        return this.isOurs;
      },
      open: async () => {
        this.told.push('open');
        this.opening();
        return {
          publish: async (records) => {
            const values = records.map(({ value }) => String(value));
            await this.publishing(values, records);
            this.told.push(`publish ${values.join()}`);
          },
          close: async () => void this.told.push('close'),
        };
      },
      remove: async (rows) => {
        await this.removing();
        this.rows = this.rows.filter((row) => !rows.includes(row));
        this.told.push(`remove ${rows.map(({ value }) => String(value)).join()}`);
      },
      bury: async (row, { message }) => {
        this.rows = this.rows.filter((one) => one !== row);
        this.told.push(`bury ${String(row.value)}: ${message}`);
      },
      failed: async (error, failures) => {
        this.told.push(`failed ${failures}: ${(error as Error).message}`);
      },
    });
    return this.relay;
  }

  put(...values: string[]): void {
    for (const value of values)
      this.rows.push({
        seq: ++this.seq,
        topic: 't',
        partition: null,
        key: null,
        value: Buffer.from(value),
        headers: Buffer.alloc(0),
        size: 1,
        addedAt: 0,
      });
  }

  /** Resolves when the relay has found nothing to do. */
  async settled(work: () => void): Promise<void> {
    const quiet = new Promise<void>((resolve) => (this.quiet = resolve));
    work();
    await quiet;
    this.quiet = undefined;
  }

  stop(): Promise<void> | undefined {
    return this.relay?.stop(0);
  }
}

describe('SlotRelay', () => {
  let ground: Ground;
  beforeEach(() => void (ground = new Ground()));
  afterEach(() => ground.stop());

  it('publishes what waits, as much as it may at a time, and removes it before it reads on', async () => {
    ground.put('a', 'b', 'c', 'd', 'e');
    await ground.settled(() => ground.start());
    expect(ground.told).toEqual(['open', 'publish a,b,c,d', 'remove a,b,c,d', 'publish e', 'remove e']);
  });

  it('opens no publisher while nothing waits, and keeps the one that it has', async () => {
    let relay!: SlotRelay;
    await ground.settled(() => (relay = ground.start()));
    expect(ground.told).toEqual([]);
    ground.put('a');
    await ground.settled(() => relay.wake());
    ground.put('b');
    await ground.settled(() => relay.wake());
    expect(ground.told).toEqual(['open', 'publish a', 'remove a', 'publish b', 'remove b']);
  });

  it('reads again once its publisher is open: what its predecessor has removed by then is not published', async () => {
    ground.put('published by another', 'next');
    ground.opening = () => ground.rows.shift();
    await ground.settled(() => ground.start());
    expect(ground.told).toEqual(['open', 'publish next', 'remove next']);
  });

  it('does not open when the slot is another one’s', async () => {
    ground.isOurs = false;
    ground.put('a');
    await ground.settled(() => ground.start());
    expect(ground.told).toEqual([]);
  });

  it('after a failure begins with a new publisher, at the same record', async () => {
    ground.put('a', 'b');
    let failures = 0;
    ground.publishing = () => {
      if (failures++ < 2) throw new Error('no leader');
    };
    await ground.settled(() => ground.start());
    expect(ground.told).toEqual([
      ...['open', 'close', 'failed 1: no leader'],
      ...['open', 'close', 'failed 2: no leader'],
      ...['open', 'publish a,b', 'remove a,b'],
    ]);
  });

  it('publishes once more what it could not remove, before anything newer', async () => {
    ground.put('a', 'b', 'c', 'd', 'e');
    let failures = 0;
    ground.removing = () => {
      if (failures++ < 1) throw new Error('database away');
    };
    await ground.settled(() => ground.start());
    expect(ground.told.filter((word) => word.startsWith('publish'))).toEqual([
      'publish a,b,c,d',
      'publish a,b,c,d',
      'publish e',
    ]);
  });

  it('counts failures in a row only', async () => {
    ground.put('a', 'b', 'c', 'd', 'e');
    const failing = new Set([1, 3]);
    let calls = 0;
    ground.publishing = () => {
      if (failing.has(++calls)) throw new Error('no leader');
    };
    await ground.settled(() => ground.start());
    expect(ground.told.filter((word) => word.startsWith('failed'))).toEqual([
      'failed 1: no leader',
      'failed 1: no leader',
    ]);
  });

  it('buries what is refused, and goes on with what is behind it', async () => {
    ground.put('a', 'bad', 'c');
    ground.publishing = (values, records) => {
      if (values.includes('bad')) throw new RefusedRecordsError(new Map([[records[1]!, new Error('no such topic')]]));
    };
    await ground.settled(() => ground.start());
    expect(ground.told).toEqual(['open', 'bury bad: no such topic', 'close', 'open', 'publish a,c', 'remove a,c']);
  });

  it('finds the one of a batch that is refused, publishes those before it, and in their order those behind it', async () => {
    ground.put('a', 'b', 'bad', 'd', 'e', 'f');
    ground.publishing = (values, records) => {
      if (!values.includes('bad')) return;
      if (values.length > 1) throw new RefusedBatchError({});
      throw new RefusedRecordsError(new Map([[records[0]!, new Error('too large')]]));
    };
    await ground.settled(() => ground.start());
    expect(ground.told.filter((word) => !/open|close|remove/.test(word))).toEqual([
      'publish a,b',
      'bury bad: too large',
      'publish d,e,f',
    ]);
  });

  it('stops when what is being published has ended', async () => {
    ground.put('a', 'b', 'c', 'd', 'e');
    let go!: () => void;
    const going = new Promise<void>((resolve) => (go = resolve));
    const publishing = new Promise<void>((begun) => {
      ground.publishing = () => {
        begun();
        return going;
      };
    });
    const relay = ground.start();
    await publishing;
    const stopped = relay.stop(60_000);
    go();
    await stopped;
    expect(ground.told).toEqual(['open', 'publish a,b,c,d', 'remove a,b,c,d', 'close']);
  });
});
