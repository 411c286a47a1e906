import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
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

  constructor(concurrency = 10) {
    this.scheduler = new LaneScheduler<Job>({
      concurrency,
      canStart: () => this.leased,
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

  it('keeps order, exclusion and limits under any interleaving, and runs everything in the end', () => {
    const action = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          do: fc.constant('push' as const),
          partition: fc.nat(2),
          handler: fc.nat(1),
          key: fc.nat(3),
        }),
      },
      {
        weight: 6,
        arbitrary: fc.record({ do: fc.constantFrom('done' as const, 'retry' as const), which: fc.nat(1000) }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('fire' as const) }) },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant('concurrency' as const), n: fc.integer({ min: 1, max: 4 }) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constantFrom('open' as const, 'close' as const), partition: fc.nat(2) }),
      },
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        const bench = new Bench(2);
        let limit = 2;
        const partitions = [bench.partition(), bench.partition(), bench.partition()];
        const pushed = new Map<string, string[]>();
        let count = 0;
        const check = () => {
          const running = [...bench.lanes.keys()].map((name) => name.split('#')[0]);
          expect(new Set(running).size).toBe(running.length);
          expect(bench.scheduler.inFlight).toBe(running.length);
        };
        for (const step of actions) {
          const before = bench.started.length;
          const wasRunning = bench.lanes.size;
          if (step.do === 'push') {
            const lane = `${step.partition}/${step.handler}/${step.key}`;
            const name = `${lane}#${count++}`;
            pushed.set(lane, [...(pushed.get(lane) ?? []), name]);
            partitions[step.partition]!.push(step.handler, String(step.key), job(name));
            bench.scheduler.pump();
          } else if (step.do === 'done' || step.do === 'retry') {
            const names = [...bench.lanes.keys()];
            const name = names[step.which % Math.max(1, names.length)];
            if (name && step.do === 'done') bench.done(name);
            else if (name) bench.scheduler.retry(bench.take(name), 1);
          } else if (step.do === 'fire') {
            if (bench.timers.length > 0) bench.fire();
          } else if (step.do === 'concurrency') bench.scheduler.setConcurrency((limit = step.n));
          else if (step.do === 'open' || step.do === 'close') partitions[step.partition]![step.do]();
          check();
          if (bench.started.length > before) expect(bench.lanes.size).toBeLessThanOrEqual(Math.max(limit, wasRunning));
        }
        for (const lanes of partitions) lanes.open();
        while (bench.lanes.size > 0 || bench.timers.length > 0) {
          if (bench.timers.length > 0) bench.fire();
          for (const name of bench.lanes.keys()) bench.done(name);
        }
        for (const [lane, names] of pushed) {
          const runs = bench.started.filter((name) => name.startsWith(`${lane}#`));
          expect(runs.filter((name, i) => name !== runs[i - 1])).toEqual(names);
        }
        expect(partitions.map(({ lanes }) => lanes)).toEqual([0, 0, 0]);
      }),
      { numRuns: 500 },
    );
  });
});
