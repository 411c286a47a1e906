import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Lane } from './lane.js';
import { LaneScheduler } from './lane-scheduler.js';
import type { PartitionLanes } from './partition-lanes.js';

class Job {
  next: Job | undefined;
  lane: Lane<Job> | undefined;

  constructor(
    readonly model: ModelLane,
    /** Settles while it is being started. */
    readonly atOnce: boolean,
  ) {}
}

/** What a lane should be, by the plainest means. */
interface ModelLane {
  readonly partition: ModelPartition;
  readonly key: string | undefined;
  queue: Job[];
  running: Job | undefined;
  /** What runs was started in an epoch that is over. */
  leftOver: boolean;
  state: 'ready' | 'running' | 'waiting' | 'held';
}

interface ModelPartition {
  readonly lanes: PartitionLanes<Job>;
  readonly byKey: Map<string, ModelLane>;
  all: ModelLane[];
  open: boolean;
}

/** Drives a scheduler and the model side by side, and notes everything that the model does not allow. */
class World {
  readonly wrong: string[] = [];
  readonly running: Job[] = [];
  readonly timers: { fn: () => void; lane: ModelLane }[] = [];
  /** Calls of lanes that wait for a place. */
  readonly calls: { fn: () => void; lane: ModelLane }[] = [];
  limit = 2;
  leased = true;
  readonly scheduler: LaneScheduler<Job> = new LaneScheduler<Job>({
    concurrency: this.limit,
    canStart: () => this.leased,
    run: (job, lane) => this.started(job, lane),
    after: (_ms, fn) => {
      return noted(this.timers, { fn, lane: this.retried! });
    },
  });
  readonly partitions = [0, 1, 2].map((): ModelPartition => {
    const lanes = this.scheduler.partition();
    lanes.open();
    return { lanes, byKey: new Map(), all: [], open: true };
  });
  private retried: ModelLane | undefined;

  private started(job: Job, lane: Lane<Job>): void {
    const { model } = job;
    if (this.running.length >= this.limit) this.wrong.push('more than the concurrency');
    if (!this.leased || !model.partition.open) this.wrong.push('a start that was not allowed');
    if (model.state !== 'ready') this.wrong.push(`a start in a lane that is ${model.state}`);
    if (model.queue.shift() !== job) this.wrong.push('a start out of order');
    model.state = 'running';
    model.running = job;
    job.lane = lane;
    this.running.push(job);
    if (job.atOnce) this.settle(job, 'done');
  }

  push(partition: ModelPartition, handler: number, key: string | undefined, atOnce: boolean): void {
    const name = key === undefined ? undefined : `${handler}/${key}`;
    let lane = name === undefined ? undefined : partition.byKey.get(name);
    if (!lane) {
      lane = { partition, key: name, queue: [], running: undefined, leftOver: false, state: 'ready' };
      partition.all.push(lane);
      if (name !== undefined) partition.byKey.set(name, lane);
    }
    const job = new Job(lane, atOnce);
    lane.queue.push(job);
    partition.lanes.push(handler, key, job);
    this.scheduler.pump();
  }

  settle(job: Job, answer: 'done' | 'retry' | 'suspend' | 'hold'): void {
    const { model } = job;
    this.running.splice(this.running.indexOf(job), 1);
    model.running = undefined;
    const comesBack = answer !== 'done' && !model.leftOver;
    model.leftOver = false;
    if (comesBack) {
      model.queue.unshift(job);
      model.state = answer === 'hold' ? 'held' : 'waiting';
    } else if (model.queue.length > 0) model.state = 'ready';
    else this.forget(model);
    this.retried = model;
    if (answer === 'retry') this.scheduler.retry(job.lane!, 10);
    else if (answer === 'suspend') this.scheduler.suspend(job.lane!, (fn) => noted(this.calls, { fn, lane: model }));
    else this.scheduler[answer](job.lane!);
  }

  /** The end of a backoff, or a call to a place. */
  fire(waits: World['timers'], which: number): void {
    const [wait] = waits.splice(which % Math.max(1, waits.length), 1);
    if (!wait) return;
    wait.lane.state = 'ready';
    wait.fn();
  }

  clear(partition: ModelPartition): void {
    for (const lane of [...partition.all]) {
      lane.queue = [];
      if (lane.running) lane.leftOver = true;
      else this.forget(lane);
    }
    partition.lanes.clear();
  }

  setOpen(partition: ModelPartition, open: boolean): void {
    partition.open = open;
    if (!open) for (const { lane } of this.calls) if (lane.partition === partition) lane.state = 'ready';
    if (open) partition.lanes.open();
    else partition.lanes.close();
  }

  /** What must hold between any two steps. */
  check(): void {
    const idle = this.partitions.some(({ open, all }) => open && all.some(({ state }) => state === 'ready'));
    if (idle && this.leased && this.running.length < this.limit) this.wrong.push('a free slot beside a ready lane');
    if (this.scheduler.inFlight !== this.running.length) this.wrong.push('inFlight');
    for (const { lanes, byKey } of this.partitions) if (lanes.lanes !== byKey.size) this.wrong.push('lanes');
  }

  /** Everything settles well from now on. */
  finish(): void {
    this.leased = true;
    for (const partition of this.partitions) this.setOpen(partition, true);
    while (this.running.length + this.timers.length + this.calls.length > 0) {
      this.fire(this.timers, 0);
      this.fire(this.calls, 0);
      for (const job of [...this.running]) this.settle(job, 'done');
    }
    const left = this.partitions.flatMap(({ all }) => all).filter(({ state }) => state !== 'held');
    if (left.length > 0) this.wrong.push('a lane that never came to its turn');
  }

  private forget(lane: ModelLane): void {
    const { all, byKey } = lane.partition;
    all.splice(all.indexOf(lane), 1);
    if (lane.key !== undefined) byKey.delete(lane.key);
  }
}

/** Notes a wait; the answer strikes it out, if it has not ended. */
function noted<T>(waits: T[], wait: T): () => void {
  waits.push(wait);
  return () => {
    if (waits.includes(wait)) waits.splice(waits.indexOf(wait), 1);
  };
}

type Step = (world: World) => void;

const partition = fc.nat(2);
/** A step of the world, by what it is made of. */
const steps = <T>(weight: number, made: fc.Arbitrary<T>, act: (made: T, world: World) => void) => ({
  weight,
  arbitrary: made.map(
    (value): Step =>
      (world) =>
        act(value, world),
  ),
});

const step = fc.oneof(
  steps(
    8,
    fc.tuple(partition, fc.nat(1), fc.constantFrom('a', 'b', 'c', undefined), fc.nat(5)),
    ([p, handler, key, luck], world) => world.push(world.partitions[p]!, handler, key, luck === 0),
  ),
  steps(
    8,
    fc.tuple(fc.constantFrom('done', 'done', 'done', 'retry', 'suspend', 'hold'), fc.nat(1000)),
    ([answer, which], world) => {
      const job = world.running[which % Math.max(1, world.running.length)];
      if (job) world.settle(job, answer);
    },
  ),
  steps(2, fc.nat(1000), (which, world) => world.fire(world.timers, which)),
  steps(2, fc.nat(1000), (which, world) => world.fire(world.calls, which)),
  steps(1, fc.integer({ min: 1, max: 4 }), (limit, world) => {
    world.limit = limit;
    world.scheduler.setConcurrency(limit);
  }),
  steps(1, fc.tuple(partition, fc.boolean()), ([p, open], world) => world.setOpen(world.partitions[p]!, open)),
  steps(1, partition, (p, world) => world.clear(world.partitions[p]!)),
  steps(1, fc.boolean(), (leased, world) => {
    world.leased = leased;
    world.scheduler.pump();
  }),
);

describe('LaneScheduler, under any interleaving', () => {
  it('keeps order, exclusion, limits and epochs, leaves no slot free beside a ready lane, and loses nothing', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150, size: 'max' }), (steps) => {
        const world = new World();
        for (const act of steps) {
          act(world);
          world.check();
        }
        world.finish();
        expect(world.wrong).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it('gives partitions their turns, and in each partition its lanes, to the last task', () => {
    const tasks = fc.array(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }), { maxLength: 4 });
    fc.assert(
      fc.property(tasks, (counts) => {
        const started: string[] = [];
        let begun = false;
        const scheduler: LaneScheduler<Named> = new LaneScheduler<Named>({
          concurrency: 1,
          canStart: () => begun,
          run: ({ name }, lane) => {
            started.push(name);
            scheduler.done(lane);
          },
          after: () => () => undefined,
        });
        for (const [p, lanes] of counts.entries()) {
          const partition = scheduler.partition();
          partition.open();
          lanes.forEach((count, key) => {
            for (let i = 0; i < count; i++) partition.push(0, String(key), { next: undefined, name: `${p}/${key}` });
          });
        }
        begun = true;
        scheduler.pump();
        expect(started).toEqual(turns(counts));
      }),
    );
  });
});

interface Named {
  next: Named | undefined;
  readonly name: string;
}

/** Partitions in a circle, and in each of them its lanes in a circle. */
function turns(counts: readonly (readonly number[])[]): string[] {
  const circle = counts.map((lanes, p) => lanes.map((left, key) => ({ name: `${p}/${key}`, left })));
  const order: string[] = [];
  for (let lanes = circle.shift(); lanes; lanes = circle.shift()) {
    const lane = lanes.shift()!;
    order.push(lane.name);
    if (--lane.left > 0) lanes.push(lane);
    if (lanes.length > 0) circle.push(lanes);
  }
  return order;
}
