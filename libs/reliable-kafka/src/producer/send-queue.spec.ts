import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EncodedRecord } from '../contracts/index.js';
import { RateLimit } from '../flow/index.js';
import { wireSize } from './batch.js';
import type { BatchOutcome, PartitionBatch } from './batch.js';
import type { Channel } from './channels.js';
import { DeliveryError } from './errors.js';
import { SendQueue } from './send-queue.js';
import type { Settle } from './send-queue.js';

interface Request {
  readonly channel: Channel;
  readonly batches: readonly PartitionBatch[];
  readonly settle: Settle;
  free(): void;
}

const TIMEOUT = 1_000;
const LINGER = 10;
const LIMITS = { records: 4, bytes: 1_000 };

/** A queue whose requests lie open until the test answers them, and whose clock moves when the test lets it. */
class Bench {
  now = 0;
  hurried = false;
  readonly requests: Request[] = [];
  #due: (() => void)[] = [];
  #alarm: { readonly at: number; ring(): void } | undefined;
  readonly queue: SendQueue;

  constructor(rateLimit?: { records?: number; bytes?: number; per: number }) {
    this.queue = new SendQueue({
      limits: LIMITS,
      requestBytes: 2_000,
      deliveryTimeout: TIMEOUT,
      linger: LINGER,
      rate: new RateLimit(rateLimit, () => this.now),
      hurried: () => this.hurried,
      now: () => this.now,
      later: (ms, ring) => {
        this.#alarm = { at: this.now + ms, ring };
        return () => (this.#alarm = undefined);
      },
      channelOf: (_topic, partition) => partition % 2,
      defer: (pump) => this.#due.push(pump),
      transmit: (channel, batches, settle) =>
        new Promise((free) => {
          this.requests.push({ channel, batches, settle, free });
        }),
    });
  }

  /** Something is to happen later. */
  get isSet(): boolean {
    return this.#alarm !== undefined;
  }

  /** Lets the time pass, alarm by alarm. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    await this.turn();
    for (let alarm = this.#alarm; alarm && alarm.at <= end; alarm = this.#alarm) {
      this.now = alarm.at;
      this.#alarm = undefined;
      alarm.ring();
      await this.turn();
    }
    this.now = end;
  }

  /** Lets promises settle and what was deferred run, until nothing moves. */
  async turn(): Promise<void> {
    do {
      for (const pump of this.#due.splice(0)) pump();
      await new Promise(setImmediate);
    } while (this.#due.length > 0);
  }

  send(partition: number, ...values: string[]) {
    return this.queue.send(
      't',
      values.map((value) => record(partition, value)),
    );
  }

  /** The answer is what became of it, once it is known. */
  enqueue(partition: number, value: string): { outcome?: BatchOutcome } {
    const told: { outcome?: BatchOutcome } = {};
    const one = record(partition, value);
    const settle = (_index: number, _record: EncodedRecord, outcome: BatchOutcome) => void (told.outcome = outcome);
    this.queue.enqueue('t', one, wireSize(one), { settle });
    return told;
  }

  /** Ends the oldest open request. */
  async answer(outcome: (batch: PartitionBatch) => BatchOutcome = storedAt(0n)): Promise<Request> {
    const request = this.requests.shift()!;
    for (const batch of request.batches) request.settle(batch, outcome(batch));
    request.free();
    await this.turn();
    return request;
  }
}

function record(partition: number, value: string): EncodedRecord {
  return { partition, key: null, value: Buffer.from(value), headers: { 'message-id': value }, timestamp: '5' };
}

const storedAt = (baseOffset: bigint) => (): BatchOutcome => ({ status: 'stored', baseOffset, appendTime: undefined });
const refused = (tooLarge: boolean) => (): BatchOutcome => ({ status: 'not-stored', error: new Error('no'), tooLarge });
const values = ({ batches }: Request) => batches.map(({ records }) => records.map(({ value }) => String(value)));

describe('the send queue', () => {
  let bench: Bench;

  beforeEach(() => {
    bench = new Bench();
  });

  it('carries what was sent in one turn of the event loop in one request per channel', async () => {
    for (const partition of [0, 1, 2, 0]) void bench.send(partition, `p${partition}`);
    await bench.turn();
    expect(bench.requests.map(({ channel, ...request }) => [channel, values(request as Request)])).toEqual([
      [0, [['p0', 'p0'], ['p2']]],
      [1, [['p1']]],
    ]);
  });

  it('gathers what is sent while a request is under way', async () => {
    void bench.send(0, 'a');
    await bench.turn();
    for (const value of ['b', 'c']) {
      void bench.send(0, value);
      await bench.turn();
    }
    expect(bench.requests).toHaveLength(1);
    await bench.answer();
    expect(bench.requests.map(values)).toEqual([[['b', 'c']]]);
  });

  it('has one request of a channel under way, and others of other channels', async () => {
    for (const partition of [0, 2, 1]) {
      void bench.send(partition, `p${partition}`);
      await bench.turn();
    }
    expect(bench.requests.map(values)).toEqual([[['p0']], [['p1']]]);
  });

  it('reports in the order given, over partitions and batches', async () => {
    const sent = bench.queue.send(
      't',
      [0, 1, 0, 1].map((partition) => record(partition, 'x')),
    );
    await bench.turn();
    await bench.answer(storedAt(10n));
    await bench.answer(() => ({ status: 'stored', baseOffset: 20n, appendTime: 99 }));
    expect(await sent).toEqual([
      { topic: 't', partition: 0, offset: 10n, timestamp: 5 },
      { topic: 't', partition: 1, offset: 20n, timestamp: 99 },
      { topic: 't', partition: 0, offset: 11n, timestamp: 5 },
      { topic: 't', partition: 1, offset: 21n, timestamp: 99 },
    ]);
  });

  it('says per message what became of it when not all were acknowledged', async () => {
    const sent = bench.queue.send('t', [record(0, 'a'), record(1, 'b')]).catch((error) => error);
    await bench.turn();
    await bench.answer();
    await bench.answer(() => ({ status: 'unknown', error: new Error('lost') }));
    const error = await sent;
    expect(error).toBeInstanceOf(DeliveryError);
    expect(error.results).toMatchObject([
      { id: 'a', status: 'stored', report: { offset: 0n } },
      { id: 'b', status: 'unknown', error: { message: 'lost' } },
    ]);
    expect(error.message).toBe("1 of 2 messages to 't' were not acknowledged (1 of them may be stored): lost");
  });

  it('goes on after a rejection', async () => {
    const first = bench.send(0, 'a').catch(String);
    await bench.turn();
    const second = bench.send(0, 'b');
    await bench.answer(refused(false));
    await bench.answer(storedAt(7n));
    expect(await first).toContain('not acknowledged');
    expect(await second).toMatchObject([{ offset: 7n }]);
  });

  it('gives a channel its next request when it is free, and a partition when its batch is settled', async () => {
    void bench.send(0, 'stuck');
    await bench.turn();
    bench.requests[0]!.free();
    void bench.send(0, 'behind');
    void bench.send(2, 'beside');
    await bench.turn();
    expect(bench.requests.slice(1).map(values)).toEqual([[['beside']]]);
  });

  it('keeps to the limits of a batch, but for a single record that is larger', async () => {
    void bench.send(0, '1', '2', '3', '4', '5');
    void bench.send(1, 'x'.repeat(600), 'y'.repeat(600), 'z'.repeat(5_000));
    await bench.turn();
    const sizes: number[][] = [];
    while (bench.requests.length > 0) sizes.push(values(await bench.answer()).map((batch) => batch.length));
    expect(sizes.filter(([size]) => size !== undefined)).toEqual([[4], [1], [1], [1], [1]]);
  });

  it('shares a request that cannot carry all partitions in turns', async () => {
    for (const partition of [0, 2, 4, 6])
      void bench.send(partition, ...Array.from({ length: 8 }, () => 'x'.repeat(900)));
    await bench.turn();
    const carried = new Set<number>();
    for (let round = 0; round < 2; round++) {
      for (const { partition } of (await bench.answer()).batches) carried.add(partition);
    }
    expect(carried).toEqual(new Set([0, 2, 4, 6]));
  });

  it('sends a batch that was too large again in smaller ones, rejects the culprit alone, and lets batches grow again', async () => {
    const outcomes = ['a', 'BIG', 'c', 'd', 'e', 'f'].map((value) =>
      bench.send(0, value).then(Boolean, () => 'rejected'),
    );
    await bench.turn();
    const stored: string[][] = [];
    while (bench.requests.length > 0) {
      const [batch] = values(bench.requests[0]!) as [string[]];
      if (!batch.includes('BIG')) stored.push(batch);
      await bench.answer(batch.includes('BIG') ? refused(true) : storedAt(0n));
    }
    expect(await Promise.all(outcomes)).toEqual([true, 'rejected', true, true, true, true]);
    expect(stored).toEqual([['a'], ['c', 'd', 'e', 'f']]);
  });

  it('never sends what has waited too long, and says that it is not stored', async () => {
    void bench.send(0, 'stuck').catch(() => undefined);
    await bench.turn();
    const late = bench.send(0, 'late').catch((error) => error);
    bench.now = TIMEOUT - 1;
    const fresh = bench.send(0, 'fresh');
    bench.now = TIMEOUT;
    await bench.answer(refused(false));
    expect((await late).results).toMatchObject([{ status: 'not-stored', error: { name: 'DeliveryExpiredError' } }]);
    expect(bench.requests.map(values)).toEqual([[['fresh']]]);
    await bench.answer();
    expect(await fresh).toHaveLength(1);
  });

  it('gives up what is not yet on its way', async () => {
    const first = bench.send(0, 'on its way');
    await bench.turn();
    const second = bench.send(0, 'waits').catch((error) => error);
    bench.queue.abandon(new Error('closed'));
    expect((await second).results).toMatchObject([{ status: 'not-stored', error: { message: 'closed' } }]);
    await bench.answer();
    expect(await first).toHaveLength(1);
  });

  describe('with enqueued records', () => {
    it('lets them linger for others, and sends them together', async () => {
      for (const value of ['a', 'b']) {
        bench.enqueue(0, value);
        await bench.pass(LINGER / 2 - 1);
      }
      bench.enqueue(2, 'c');
      expect(bench.requests).toEqual([]);
      await bench.pass(2);
      expect(bench.requests.map(values)).toEqual([[['a', 'b'], ['c']]]);
    });

    it('lets none wait longer than its linger', async () => {
      bench.enqueue(0, 'a');
      await bench.pass(LINGER - 1);
      bench.enqueue(1, 'b');
      await bench.pass(1);
      expect(bench.requests.map(values)).toEqual([[['a']]]);
      await bench.pass(LINGER - 2);
      expect(bench.requests).toHaveLength(1);
      await bench.pass(1);
      expect(bench.requests.map(values)).toEqual([[['a']], [['b']]]);
    });

    it.each([
      ['records', ['1', '2', '3', '4']],
      ['bytes', ['x'.repeat(225), 'y'.repeat(225)]],
    ])('sends a batch at once that is full of %s', async (_, full) => {
      for (const value of full) bench.enqueue(0, value);
      await bench.turn();
      expect(bench.requests.map(values)).toEqual([[full]]);
    });

    it('sends them at once with a `send` behind them, in order', async () => {
      bench.enqueue(0, 'enqueued');
      void bench.send(0, 'sent');
      bench.enqueue(0, 'behind');
      await bench.turn();
      expect(bench.requests.map(values)).toEqual([[['enqueued', 'sent', 'behind']]]);
    });

    it('sends them at once while somebody waits for them', async () => {
      bench.enqueue(0, 'before');
      bench.hurried = true;
      bench.queue.pumpSoon();
      await bench.turn();
      bench.enqueue(1, 'meanwhile');
      await bench.turn();
      expect(bench.requests.map(values)).toEqual([[['before']], [['meanwhile']]]);
    });

    it('does not let what became due during a request wait any longer', async () => {
      bench.enqueue(0, 'a');
      await bench.pass(LINGER);
      bench.enqueue(0, 'b');
      await bench.pass(LINGER);
      await bench.answer();
      expect(bench.requests.map(values)).toEqual([[['b']]]);
    });

    it('has nothing left to do once everything has its outcome', async () => {
      bench.enqueue(0, 'a');
      bench.enqueue(1, 'b');
      expect(bench.isSet).toBe(true);
      bench.hurried = true;
      bench.queue.pumpSoon();
      await bench.turn();
      for (let i = 0; i < 2; i++) await bench.answer();
      expect(bench.isSet).toBe(false);
      bench.hurried = false;
      bench.enqueue(0, 'c');
      bench.queue.abandon(new Error('closed'));
      await bench.turn();
      expect(bench.isSet).toBe(false);
    });

    it('gives up what lingers for too long a time', async () => {
      void bench.send(0, 'stuck').catch(() => undefined);
      await bench.turn();
      const late = bench.enqueue(0, 'late');
      await bench.pass(TIMEOUT);
      await bench.answer(refused(false));
      expect(late.outcome).toMatchObject({ status: 'not-stored', error: { name: 'DeliveryExpiredError' } });
    });
  });

  describe('with a rate limit', () => {
    it('sends so many records, then as many more as time allows, whoever they come from', async () => {
      const limited = new Bench({ records: 3, per: 300 });
      for (const value of ['1', '2']) void limited.send(0, value);
      for (const value of ['3', '4', '5']) limited.enqueue(0, value);
      await limited.turn();
      expect(values(await limited.answer())).toEqual([['1', '2', '3']]);
      expect(limited.requests).toEqual([]);
      await limited.pass(99);
      expect(limited.requests).toEqual([]);
      await limited.pass(1);
      expect(values(await limited.answer())).toEqual([['4']]);
      await limited.pass(100);
      expect(values(await limited.answer())).toEqual([['5']]);
    });

    it('serves the channels in turn', async () => {
      const limited = new Bench({ records: 1, per: 100 });
      for (const value of ['a', 'b']) void limited.send(0, value);
      for (const value of ['c', 'd']) void limited.send(1, value);
      const served: number[] = [];
      for (let i = 0; i < 4; i++) {
        await limited.pass(100);
        served.push((await limited.answer()).channel);
      }
      expect(served).toEqual([0, 1, 0, 1]);
    });

    it('lets a record pass that is larger than the bytes of all the time, and what comes next pay for it', async () => {
      const limited = new Bench({ bytes: 100, per: 100 });
      expect(wireSize(record(0, 'x'.repeat(225)))).toBe(500);
      void limited.send(0, 'x'.repeat(225));
      void limited.send(0, 'next');
      await limited.turn();
      expect(values(await limited.answer())).toEqual([['x'.repeat(225)]]);
      await limited.pass(400);
      expect(limited.requests).toEqual([]);
      await limited.pass(1);
      expect(values(await limited.answer())).toEqual([['next']]);
    });

    it('gives up in time what it cannot send in time', async () => {
      const limited = new Bench({ records: 1, per: 10 * TIMEOUT });
      void limited.send(0, 'first');
      await limited.turn();
      await limited.answer();
      const late = limited.send(0, 'late').catch((error) => error);
      await limited.pass(TIMEOUT);
      expect((await late).results).toMatchObject([{ status: 'not-stored', error: { name: 'DeliveryExpiredError' } }]);
    });
  });

  it('stores each record once and each partition in order, whatever is refused, stuck or freed early', async () => {
    const step = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constantFrom('send', 'enqueue'),
          partitions: fc.array(fc.nat(3), { minLength: 1, maxLength: 6 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.nat(2 * LINGER) }) },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constantFrom('store', 'fail', 'too large', 'free'), which: fc.nat(5) }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const run = new Bench();
        const log = new Map<number, string[]>([0, 1, 2, 3].map((partition) => [partition, []]));
        const outcomes = new Map<string, () => Promise<string[]>>();
        const open: { request: Request; batch: PartitionBatch }[] = [];
        const collect = async () => {
          await run.turn();
          for (const request of run.requests.splice(0))
            open.push(...request.batches.map((batch) => ({ request, batch })));
          const busy = open.map(({ batch }) => batch.partition);
          expect(new Set(busy).size).toBe(busy.length);
        };
        const settle = ({ request, batch }: (typeof open)[number], how: string) => {
          const store = how === 'store' || (how === 'too large' && batch.records.length === 1);
          if (store) log.get(batch.partition)!.push(...batch.records.map(({ value }) => String(value)));
          request.settle(batch, store ? storedAt(0n)() : refused(how === 'too large')());
          if (!open.some((other) => other.request === request)) request.free();
        };

        for (const one of steps) {
          if ('partitions' in one) {
            const name = String(outcomes.size);
            if (one.do === 'send') {
              const records = one.partitions.map((partition, index) => record(partition, `${name}.${index}`));
              const sent = run.queue.send('t', records).then(
                () => records.map(() => 'stored'),
                (error: DeliveryError) => error.results.map(({ status }) => status),
              );
              outcomes.set(name, () => sent);
            } else {
              const told = one.partitions.map((partition, index) => run.enqueue(partition, `${name}.${index}`));
              outcomes.set(name, async () => told.map(({ outcome }) => outcome!.status));
            }
          } else if ('ms' in one) {
            await run.pass(one.ms);
          } else if (one.do === 'free') {
            open[one.which % open.length]?.request.free();
          } else if (open.length > 0) {
            settle(open.splice(one.which % open.length, 1)[0]!, one.do);
          }
          await collect();
        }
        run.hurried = true;
        run.queue.pumpSoon();
        await collect();
        while (open.length > 0) {
          settle(open.shift()!, 'store');
          await collect();
        }
        for (const ids of log.values()) {
          expect(new Set(ids).size).toBe(ids.length);
          const order = ids.map((id) => id.split('.').map(Number) as [number, number]);
          expect(order).toEqual(order.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]));
        }
        const all = [...log.values()].flat();
        for (const [name, outcome] of outcomes) {
          (await outcome()).forEach((status, index) =>
            expect(all.includes(`${name}.${index}`)).toBe(status === 'stored'),
          );
        }
      }),
      { numRuns: 200 },
    );
  });
});
