import { describe, expect, it } from '@jest/globals';
import { Places } from '../flow/index.js';
import type { Lane } from './lane.js';
import { LaneScheduler } from './lane-scheduler.js';
import type { PartitionLanes } from './partition-lanes.js';

interface Job {
  next: Job | undefined;
  readonly name: string;
}

const job = (name: string): Job => ({ name, next: undefined });
const [CROWDED, FREE] = [0, 1];

/** A scheduler with two handlers: tasks of one need a place, which is free when the test says so; tasks of the other need none. */
class Crowd {
  readonly started: string[] = [];
  readonly places = new Places(1);
  readonly scheduler: LaneScheduler<Job>;
  private readonly lanes = new Map<string, Lane<Job>>();

  constructor(concurrency: number, more: () => boolean = () => false) {
    this.scheduler = new LaneScheduler<Job>({
      concurrency,
      more,
      run: (task, lane) => {
        if (lane.handler === CROWDED && !this.places.tryTake())
          return this.scheduler.suspend(lane, (resume) => this.places.whenFree(resume));
        this.started.push(task.name);
        this.lanes.set(task.name, lane);
      },
      after: () => () => undefined,
    });
  }

  partition(): PartitionLanes<Job> {
    const lanes = this.scheduler.partition();
    lanes.open();
    return lanes;
  }

  push(lanes: PartitionLanes<Job>, handler: number, key: string, ...names: string[]): void {
    for (const name of names) lanes.push(handler, key, job(name));
    this.scheduler.pump();
  }

  /** As the consumer does: the place first, then the slot. */
  done(name: string): void {
    const lane = this.lanes.get(name)!;
    if (lane.handler === CROWDED) this.places.release();
    this.scheduler.done(lane);
  }
}

describe('A lane whose task finds no place', () => {
  it('holds no slot while it waits for one', () => {
    const crowd = new Crowd(2);
    const lanes = crowd.partition();
    for (const key of ['a', 'b', 'c']) crowd.push(lanes, CROWDED, key, key);
    crowd.push(lanes, FREE, 'x', 'x');
    expect(crowd.started).toEqual(['a', 'x']);
    expect(crowd.scheduler.inFlight).toBe(2);
  });

  it('is called in its turn, and its tasks run in their order', () => {
    const crowd = new Crowd(10);
    const lanes = crowd.partition();
    crowd.push(lanes, CROWDED, 'a', 'a1', 'a2');
    crowd.push(lanes, CROWDED, 'b', 'b1', 'b2');
    crowd.push(lanes, CROWDED, 'c', 'c1');
    for (const name of ['a1', 'b1', 'c1', 'a2', 'b2']) crowd.done(name);
    expect(crowd.started).toEqual(['a1', 'b1', 'c1', 'a2', 'b2']);
    expect(lanes.lanes).toBe(0);
  });

  it('starts when the slots allow it, after the place came free', () => {
    const crowd = new Crowd(2);
    const lanes = crowd.partition();
    crowd.push(lanes, CROWDED, 'a', 'a');
    crowd.push(lanes, CROWDED, 'b', 'b');
    crowd.push(lanes, FREE, 'x', 'x');
    crowd.scheduler.setConcurrency(1);
    crowd.done('a');
    expect(crowd.started).toEqual(['a', 'x']);
    crowd.done('x');
    expect(crowd.started).toEqual(['a', 'x', 'b']);
  });

  it('is forgotten with its epoch, and nobody calls it', () => {
    const crowd = new Crowd(10);
    const [lost, kept] = [crowd.partition(), crowd.partition()];
    crowd.push(kept, CROWDED, 'a', 'a');
    crowd.push(lost, CROWDED, 'b', 'lost');
    crowd.push(kept, CROWDED, 'c', 'c');
    lost.clear();
    expect(lost.lanes).toBe(0);
    crowd.done('a');
    expect(crowd.started).toEqual(['a', 'c']);
  });

  it('gives its turn to others when its partition is closed, and is there again when it is opened', () => {
    const crowd = new Crowd(10);
    const [closed, open] = [crowd.partition(), crowd.partition()];
    crowd.push(open, CROWDED, 'a', 'a');
    crowd.push(closed, CROWDED, 'b', 'b1', 'b2');
    crowd.push(open, CROWDED, 'c', 'c');
    closed.close();
    crowd.done('a');
    expect(crowd.started).toEqual(['a', 'c']);
    closed.open();
    crowd.done('c');
    crowd.done('b1');
    expect(crowd.started).toEqual(['a', 'c', 'b1', 'b2']);
  });

  it.each(['close', 'clear'] as const)('hands on a call that it cannot follow any more (%s)', (end) => {
    const crowd = new Crowd(2);
    const [ending, other] = [crowd.partition(), crowd.partition()];
    crowd.push(other, CROWDED, 'a', 'a');
    crowd.push(ending, CROWDED, 'b', 'b');
    crowd.push(other, CROWDED, 'c', 'c');
    for (const key of ['x', 'y']) crowd.push(other, FREE, key, key);
    // The place is free and `b` is called for it, but there is no slot.
    crowd.scheduler.setConcurrency(1);
    crowd.done('a');
    ending[end]();
    crowd.done('x');
    crowd.done('y');
    expect(crowd.started).toEqual(['a', 'x', 'y', 'c']);
  });

  it('lets so many others be taken in as there are slots, and then no more until one goes on', () => {
    const stock = Array.from({ length: 10 }, (_, i) => `k${i}`);
    const crowd = new Crowd(3, () => {
      const name = stock.shift();
      if (name) lanes.push(CROWDED, name, job(name));
      return name !== undefined;
    });
    const lanes = crowd.scheduler.partition();
    lanes.open();
    expect(crowd.started).toEqual(['k0']);
    expect(stock[0]).toBe('k4');
    crowd.done('k0');
    expect(crowd.started).toEqual(['k0', 'k1']);
    expect(stock[0]).toBe('k5');
  });
});
