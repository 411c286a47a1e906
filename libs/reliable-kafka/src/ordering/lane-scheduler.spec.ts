import { describe, expect, it } from '@jest/globals';
import type { Lane } from './lane.js';
import { LaneScheduler } from './lane-scheduler.js';
import type { PartitionLanes } from './partition-lanes.js';

interface Job {
  next: Job | undefined;
  readonly name: string;
}

const job = (name: string): Job => ({ name, next: undefined });

/** A scheduler whose tasks and timers end when the test says so. */
class Bench {
  readonly started: string[] = [];
  readonly lanes = new Map<string, Lane<Job>>();
  readonly timers: { fn: () => void; ms: number }[] = [];
  leased = true;
  readonly scheduler: LaneScheduler<Job>;

  constructor(concurrency = 10, more: () => boolean = () => false) {
    this.scheduler = new LaneScheduler<Job>({
      concurrency,
      canStart: () => this.leased,
      more,
      run: (task, lane) => {
        this.started.push(task.name);
        this.lanes.set(task.name, lane);
      },
      after: (ms, fn) => {
        const timer = { fn, ms };
        this.timers.push(timer);
        return () => void this.timers.splice(this.timers.indexOf(timer), 1);
      },
    });
  }

  partition(): PartitionLanes<Job> {
    const lanes = this.scheduler.partition();
    lanes.open();
    return lanes;
  }

  push(lanes: PartitionLanes<Job>, key: string | undefined, ...names: string[]): void {
    for (const name of names) lanes.push(0, key, job(name));
    this.scheduler.pump();
  }

  done(name: string): void {
    this.scheduler.done(this.take(name));
  }

  take(name: string): Lane<Job> {
    const lane = this.lanes.get(name)!;
    this.lanes.delete(name);
    return lane;
  }

  fire(): void {
    this.timers.shift()!.fn();
  }
}

describe('LaneScheduler', () => {
  it('runs one task of a key at a time, in order, and other keys beside it', () => {
    const bench = new Bench();
    const lanes = bench.partition();
    bench.push(lanes, 'a', 'a1', 'a2');
    bench.push(lanes, 'b', 'b1');
    expect(bench.started).toEqual(['a1', 'b1']);
    bench.done('a1');
    expect(bench.started).toEqual(['a1', 'b1', 'a2']);
  });

  it('keeps a lane only while it has work', () => {
    const bench = new Bench();
    const lanes = bench.partition();
    bench.push(lanes, 'a', 'a1');
    expect(lanes.lanes).toBe(1);
    bench.done('a1');
    expect(lanes.lanes).toBe(0);
  });

  it('runs tasks without a key side by side', () => {
    const bench = new Bench();
    bench.push(bench.partition(), undefined, 'x', 'y', 'z');
    expect(bench.started).toEqual(['x', 'y', 'z']);
  });

  it('gives every handler lanes of its own', () => {
    const bench = new Bench();
    const lanes = bench.partition();
    lanes.push(0, 'a', job('first'));
    lanes.push(1, 'a', job('second'));
    bench.scheduler.pump();
    expect(bench.started).toEqual(['first', 'second']);
  });

  it('never runs more than its concurrency, and follows a change of it', () => {
    const bench = new Bench(1);
    const lanes = bench.partition();
    bench.push(lanes, undefined, 'x', 'y', 'z');
    expect(bench.started).toEqual(['x']);
    bench.scheduler.setConcurrency(3);
    expect(bench.started).toEqual(['x', 'y', 'z']);
    bench.scheduler.setConcurrency(1);
    bench.push(lanes, undefined, 'w');
    bench.done('x');
    bench.done('y');
    expect(bench.started).not.toContain('w');
    bench.done('z');
    expect(bench.started).toContain('w');
  });

  it('lets partitions take turns', () => {
    const bench = new Bench(1);
    const [p, q] = [bench.partition(), bench.partition()];
    for (const name of ['p1', 'p2', 'p3']) p.push(0, name, job(name));
    for (const name of ['q1', 'q2']) q.push(0, name, job(name));
    bench.scheduler.pump();
    for (const name of ['p1', 'q1', 'p2', 'q2']) bench.done(name);
    expect(bench.started).toEqual(['p1', 'q1', 'p2', 'q2', 'p3']);
  });

  it('lets the lanes of a partition take turns', () => {
    const bench = new Bench(1);
    const lanes = bench.partition();
    bench.push(lanes, 'hot', 'h1', 'h2', 'h3');
    bench.push(lanes, 'cold', 'c1');
    bench.done('h1');
    expect(bench.started).toEqual(['h1', 'c1']);
  });

  it('keeps a failed task first in its lane, and gives its slot away meanwhile', () => {
    const bench = new Bench(1);
    const lanes = bench.partition();
    bench.push(lanes, 'a', 'a1', 'a2');
    bench.push(lanes, 'b', 'b1');
    bench.scheduler.retry(bench.take('a1'), 500);
    expect(bench.started).toEqual(['a1', 'b1']);
    expect(bench.timers.map(({ ms }) => ms)).toEqual([500]);
    bench.done('b1');
    bench.fire();
    expect(bench.started).toEqual(['a1', 'b1', 'a1']);
  });

  it('holds a lane until the epoch ends', () => {
    const bench = new Bench();
    const lanes = bench.partition();
    bench.push(lanes, 'a', 'a1', 'a2');
    bench.scheduler.hold(bench.take('a1'));
    expect(bench.started).toEqual(['a1']);
    expect(bench.scheduler.inFlight).toBe(0);
    lanes.clear();
    bench.push(lanes, 'a', 'a1 again');
    expect(bench.started).toEqual(['a1', 'a1 again']);
  });

  it('starts nothing of a closed partition, nor without the lease', () => {
    const bench = new Bench();
    const lanes = bench.partition();
    lanes.close();
    bench.push(lanes, 'a', 'a1');
    expect(bench.started).toEqual([]);
    bench.leased = false;
    lanes.open();
    expect(bench.started).toEqual([]);
    bench.leased = true;
    bench.scheduler.pump();
    expect(bench.started).toEqual(['a1']);
  });

  it('makes a key wait for what a former epoch left running', () => {
    const bench = new Bench();
    const lanes = bench.partition();
    bench.push(lanes, 'a', 'old', 'dropped');
    lanes.clear();
    bench.push(lanes, 'a', 'new');
    bench.push(lanes, 'b', 'other');
    expect(bench.started).toEqual(['old', 'other']);
    bench.done('old');
    expect(bench.started).toEqual(['old', 'other', 'new']);
  });

  it('forgets a backoff at the end of an epoch', () => {
    const bench = new Bench();
    const lanes = bench.partition();
    bench.push(lanes, 'a', 'a1');
    bench.scheduler.retry(bench.take('a1'), 10);
    lanes.clear();
    expect(bench.timers).toEqual([]);
    expect(lanes.lanes).toBe(0);
  });

  it('does not grow the stack when tasks settle while they are started', () => {
    const order: number[] = [];
    const scheduler: LaneScheduler<Job> = new LaneScheduler<Job>({
      concurrency: 1,
      run: (task, lane) => {
        order.push(Number(task.name));
        scheduler.done(lane);
      },
      after: () => () => undefined,
    });
    const lanes = scheduler.partition();
    for (let i = 0; i < 100_000; i++) lanes.push(0, 'a', job(String(i)));
    lanes.open();
    expect(order).toHaveLength(100_000);
    expect(order.at(-1)).toBe(99_999);
  });

  it('lets nothing that outlived its epoch run again, or hold its key', () => {
    for (const answer of ['retry', 'hold'] as const) {
      const bench = new Bench();
      const lanes = bench.partition();
      bench.push(lanes, 'a', 'old');
      lanes.clear();
      bench.push(lanes, 'a', 'new');
      if (answer === 'retry') bench.scheduler.retry(bench.take('old'), 10);
      else bench.scheduler.hold(bench.take('old'));
      expect(bench.started).toEqual(['old', 'new']);
      expect(bench.timers).toEqual([]);
      bench.done('new');
      expect(lanes.lanes).toBe(0);
    }
  });

  it('refuses a second answer for one run', () => {
    const bench = new Bench();
    const lanes = bench.partition();
    bench.push(lanes, 'a', 'a1');
    const lane = bench.take('a1');
    bench.scheduler.done(lane);
    expect(() => bench.scheduler.done(lane)).toThrow('settled twice');
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a concurrency of %d', (concurrency) => {
    expect(() => new Bench(concurrency)).toThrow(RangeError);
    expect(() => new Bench(1).scheduler.setConcurrency(concurrency)).toThrow('a whole number of at least 1');
  });

  it('asks for more only when slots are free and nothing is ready', () => {
    const stock = ['x1', 'x2', 'x3', 'x4'];
    const asked: number[] = [];
    const bench = new Bench(3, () => {
      asked.push(bench.scheduler.inFlight);
      const name = stock.shift();
      if (name) lanes.push(0, name, job(name));
      return name !== undefined;
    });
    const lanes = bench.scheduler.partition();
    lanes.open();
    expect(bench.started).toEqual(['x1', 'x2', 'x3']);
    expect(asked).toEqual([0, 1, 2]);
    bench.done('x2');
    expect(bench.started.at(-1)).toBe('x4');
    bench.done('x1');
    expect(asked).toEqual([0, 1, 2, 2, 2]);
  });
});
