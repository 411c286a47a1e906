import { describe, expect, it } from '@jest/globals';
import type { CommitPolicy, OffsetCommit } from '../contracts/index.js';
import { CommitScheduler } from './commit-scheduler.js';
import type { CommitTurn } from './commit-turn.js';

/** A broker that answers when the test says so, and time that passes when the test says so. */
class Bench {
  readonly requests: {
    commits: readonly OffsetCommit[];
    answer: (stored?: readonly OffsetCommit[]) => Promise<void>;
    fail: () => Promise<void>;
  }[] = [];
  readonly timers: { fn: () => void; ms: number }[] = [];
  readonly failures: unknown[] = [];
  readonly scheduler = new CommitScheduler({
    commit: (commits) =>
      new Promise((resolve, reject) => {
        this.requests.push({
          commits,
          answer: async (stored = commits) => {
            resolve(stored);
            await settled();
          },
          fail: async () => {
            reject(new Error('no answer'));
            await settled();
          },
        });
      }),
    after: (ms, fn) => {
      const timer = { fn, ms };
      this.timers.push(timer);
      return () => {
        const at = this.timers.indexOf(timer);
        if (at >= 0) this.timers.splice(at, 1);
      };
    },
    backoff: (failures) => failures * 100,
    failed: (error) => this.failures.push(error),
  });

  partition(partition: number, policy: Partial<CommitPolicy>) {
    const state = { offset: 0n, acknowledged: [] as bigint[], waiting: false, batchDone: false };
    const turn: CommitTurn = this.scheduler.add({
      policy: { after: 'record', mode: 'async', ...policy },
      snapshot: () => ({ topic: 't', partition, offset: state.offset, metadata: '' }),
      batchDone: () => state.batchDone,
      acknowledged: ({ offset }) => state.acknowledged.push(offset),
      waiting: (waiting) => (state.waiting = waiting),
    });
    return {
      state,
      turn,
      outcome: (times = 1) => {
        for (let i = 0; i < times; i++) {
          state.offset++;
          turn.outcome();
        }
      },
    };
  }
}

/** Lets promise reactions run. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('CommitScheduler', () => {
  it("sends after each outcome under 'record', one request at a time, the rest in the next", async () => {
    const bench = new Bench();
    const p = bench.partition(0, {});
    p.outcome(3);
    expect(bench.requests.map(({ commits }) => commits[0]!.offset)).toEqual([1n]);
    await bench.requests[0]!.answer();
    expect(bench.requests.map(({ commits }) => commits[0]!.offset)).toEqual([1n, 3n]);
    await bench.requests[1]!.answer();
    expect(p.state.acknowledged).toEqual([1n, 3n]);
    expect(bench.requests).toHaveLength(2);
  });

  it('sends after so many outcomes, or so many milliseconds after the first', async () => {
    const bench = new Bench();
    const p = bench.partition(0, { after: { count: 3, ms: 50 } });
    p.outcome(2);
    expect(bench.requests).toHaveLength(0);
    expect(bench.timers.map(({ ms }) => ms)).toEqual([50]);
    p.outcome();
    expect(bench.requests).toHaveLength(1);
    expect(bench.timers).toHaveLength(0);
    await bench.requests[0]!.answer();
    p.outcome();
    bench.timers[0]!.fn();
    expect(bench.requests[1]!.commits[0]!.offset).toBe(4n);
  });

  it("sends under 'batch' when a fetch has all its outcomes", () => {
    const bench = new Bench();
    const p = bench.partition(0, { after: 'batch' });
    p.outcome(5);
    expect(bench.requests).toHaveLength(0);
    p.state.batchDone = true;
    p.outcome();
    expect(bench.requests).toHaveLength(1);
  });

  it('sends at once what is urgent, and says when a snapshot that was taken since is stored', async () => {
    const bench = new Bench();
    const p = bench.partition(0, { after: { count: 10 } });
    const stored: string[] = [];
    p.turn.urge(() => stored.push('first'));
    p.turn.urge(() => stored.push('second'));
    expect(bench.requests).toHaveLength(1);
    await bench.requests[0]!.answer();
    expect(stored).toEqual(['first']);
    await bench.requests[1]!.fail();
    p.turn.urge(() => stored.push('third'));
    expect(stored).toEqual(['first']);
    bench.timers.shift()!.fn();
    await bench.requests[2]!.answer();
    expect(stored).toEqual(['first', 'second', 'third']);
    expect(bench.requests).toHaveLength(3);
  });

  it('puts what is urgent in several partitions into one request, as soon as the one before is answered', async () => {
    const bench = new Bench();
    const [p, q, r] = [bench.partition(0, {}), bench.partition(1, {}), bench.partition(2, {})];
    p.turn.urge();
    q.turn.urge();
    r.turn.urge();
    await bench.requests[0]!.answer();
    expect(bench.requests[1]!.commits.map(({ partition }) => partition)).toEqual([1, 2]);
  });

  it('lets nothing start under sync after an outcome, though something urgent is on its way', async () => {
    const bench = new Bench();
    const p = bench.partition(0, { mode: 'sync' });
    p.turn.urge();
    p.turn.urge();
    expect(p.state.waiting).toBe(false);
    p.outcome();
    expect(p.state.waiting).toBe(true);
    await bench.requests[0]!.answer();
    expect(p.state.waiting).toBe(true);
    await bench.requests[1]!.answer();
    expect(p.state.waiting).toBe(false);
  });

  it('puts everything that is due into one request, and nothing that is not', async () => {
    const bench = new Bench();
    const [p, q, r] = [bench.partition(0, {}), bench.partition(1, {}), bench.partition(2, { after: { count: 10 } })];
    p.outcome();
    q.outcome();
    r.outcome();
    p.outcome();
    await bench.requests[0]!.answer();
    expect(bench.requests[1]!.commits.map(({ partition }) => partition)).toEqual([0, 1]);
  });

  it('keeps what was not acknowledged due, and sends it again after a backoff', async () => {
    const bench = new Bench();
    const p = bench.partition(0, {});
    p.outcome();
    await bench.requests[0]!.fail();
    expect(bench.failures).toHaveLength(1);
    expect(p.state.acknowledged).toEqual([]);
    expect(bench.timers.map(({ ms }) => ms)).toEqual([100]);
    bench.timers.shift()!.fn();
    await bench.requests[1]!.answer();
    expect(p.state.acknowledged).toEqual([1n]);
  });

  it('counts a partition that the answer leaves out as not committed', async () => {
    const bench = new Bench();
    const [p, q] = [bench.partition(0, {}), bench.partition(1, {})];
    const whole = bench.scheduler.flush();
    p.outcome();
    q.outcome();
    await whole;
    await bench.requests[0]!.answer();
    const both = bench.requests[1]!.commits;
    await bench.requests[1]!.answer(both.slice(0, 0));
    expect(q.state.acknowledged).toEqual([]);
    bench.timers.shift()!.fn();
    expect(bench.requests[2]!.commits).toEqual(both);
  });

  it('lets nothing start under sync from when a commit is due until it is acknowledged', async () => {
    const bench = new Bench();
    const p = bench.partition(0, { mode: 'sync' });
    p.outcome();
    expect(p.state.waiting).toBe(true);
    await bench.requests[0]!.fail();
    expect(p.state.waiting).toBe(true);
    bench.timers.shift()!.fn();
    await bench.requests[1]!.answer();
    expect(p.state.waiting).toBe(false);
  });

  it('flushes what is not due, and says whether it was acknowledged', async () => {
    const bench = new Bench();
    const p = bench.partition(0, { after: { count: 10 } });
    p.outcome();
    const good = bench.scheduler.flush();
    await settled();
    await bench.requests[0]!.answer();
    expect(await good).toBe(true);
    expect(await bench.scheduler.flush()).toBe(true);
    expect(bench.requests).toHaveLength(1);
    p.outcome();
    const bad = bench.scheduler.flush();
    await settled();
    await bench.requests[1]!.fail();
    expect(await bad).toBe(false);
  });

  it('goes on waiting under sync while another commit is due', async () => {
    const bench = new Bench();
    const p = bench.partition(0, { mode: 'sync' });
    p.outcome(2);
    await bench.requests[0]!.answer();
    expect(p.state.waiting).toBe(true);
    await bench.requests[1]!.answer();
    expect(p.state.waiting).toBe(false);
  });

  it('flushes what an earlier request failed to commit, without waiting for its backoff', async () => {
    const bench = new Bench();
    const p = bench.partition(0, {});
    p.outcome();
    await bench.requests[0]!.fail();
    const flushed = bench.scheduler.flush();
    await settled();
    await bench.requests[1]!.answer();
    expect(await flushed).toBe(true);
    expect(p.state.acknowledged).toEqual([1n]);
    expect(bench.timers).toHaveLength(0);
  });

  it('keeps the answer to a request from an epoch that ended meanwhile', async () => {
    const bench = new Bench();
    const [p, q] = [bench.partition(0, { mode: 'sync' }), bench.partition(1, {})];
    p.outcome();
    bench.scheduler.remove(p.turn);
    q.outcome();
    await bench.requests[0]!.answer();
    expect(p.state.acknowledged).toEqual([]);
    expect(bench.requests[1]!.commits.map(({ partition }) => partition)).toEqual([1]);
  });

  it('retries nothing of an epoch that ended while its request failed', async () => {
    const bench = new Bench();
    const p = bench.partition(0, {});
    p.outcome();
    bench.scheduler.remove(p.turn);
    await bench.requests[0]!.fail();
    bench.timers.shift()?.fn();
    expect(bench.requests).toHaveLength(1);
  });

  it('takes each snapshot once, when its request is made', async () => {
    const bench = new Bench();
    const p = bench.partition(0, {});
    p.outcome();
    p.outcome(4);
    await bench.requests[0]!.answer();
    expect(bench.requests.map(({ commits }) => commits[0]!.offset)).toEqual([1n, 5n]);
    await bench.requests[1]!.fail();
    p.outcome();
    bench.timers.shift()!.fn();
    expect(bench.requests[2]!.commits[0]!.offset).toBe(6n);
  });

  it('sends nothing more for an epoch that is over', () => {
    const bench = new Bench();
    const p = bench.partition(0, { after: { ms: 5 } });
    p.outcome();
    bench.scheduler.remove(p.turn);
    expect(bench.timers).toHaveLength(0);
    p.outcome();
    bench.timers.shift()?.fn();
    expect(bench.requests).toHaveLength(0);
  });
});
