import { beforeEach, describe, expect, it } from '@jest/globals';
import { Places } from '../flow/index.js';
import type { Lane } from './lane.js';
import { LaneScheduler } from './lane-scheduler.js';
import type { PartitionLanes } from './partition-lanes.js';

interface Job {
  next: Job | undefined;
  readonly name: string;
}

const job = (name: string): Job => ({ name, next: undefined });

describe('A task that is pushed before all others of its key', () => {
  let started: string[];
  let timers: (() => void)[];
  let places: Places;
  let scheduler: LaneScheduler<Job>;
  let lanes: PartitionLanes<Job>;
  let running: Map<string, Lane<Job>>;

  beforeEach(() => {
    started = [];
    timers = [];
    places = new Places(1);
    running = new Map();
    scheduler = new LaneScheduler<Job>({
      concurrency: 10,
      run: (task, lane) => {
        if (task.name.startsWith('placed') && !places.tryTake())
          return scheduler.suspend(lane, (resume) => places.whenFree(resume));
        started.push(task.name);
        running.set(task.name, lane);
      },
      after: (_ms, fn) => {
        timers.push(fn);
        return () => timers.splice(timers.indexOf(fn), 1);
      },
    });
    lanes = scheduler.partition();
    lanes.open();
  });

  const push = (...names: string[]) => {
    for (const name of names) lanes.push(0, 'k', job(name));
    scheduler.pump();
  };
  const pushFirst = (name: string, key: string | undefined = 'k') => {
    lanes.pushFirst(0, key, job(name));
    scheduler.pump();
  };
  const done = (name: string) => scheduler.done(running.get(name)!);

  it('starts at once where nothing of the key is queued or runs', () => {
    pushFirst('a');
    pushFirst('b', 'other');
    expect(started).toEqual(['a', 'b']);
  });

  it('runs after the one that runs, and before those that are queued', () => {
    push('a', 'b');
    pushFirst('first');
    expect(started).toEqual(['a']);
    done('a');
    expect(started).toEqual(['a', 'first']);
    done('first');
    expect(started).toEqual(['a', 'first', 'b']);
  });

  it('wakes a lane in backoff, whose own task is next and not run by its timer, too', () => {
    push('a', 'b');
    scheduler.retry(running.get('a')!, 1_000);
    pushFirst('first');
    expect([started, timers]).toEqual([['a', 'first'], []]);
    done('first');
    expect(started).toEqual(['a', 'first', 'a']);
    done('a');
    expect(started).toEqual(['a', 'first', 'a', 'b']);
  });

  it('wakes a lane that waits for a place, and leaves that place to others', () => {
    lanes.push(1, 'x', job('placed-x'));
    lanes.push(1, 'y', job('placed-y'));
    lanes.push(1, 'z', job('placed-z'));
    scheduler.pump();
    expect(started).toEqual(['placed-x']);
    lanes.pushFirst(1, 'y', job('first'));
    scheduler.pump();
    places.release();
    done('placed-x');
    expect(started).toEqual(['placed-x', 'first', 'placed-z']);
  });

  it('stays behind what holds the lane', () => {
    push('a');
    scheduler.hold(running.get('a')!);
    pushFirst('first');
    expect(started).toEqual(['a']);
  });

  it('of a key that an earlier epoch has taken runs when that one has settled', () => {
    push('old');
    lanes.clear();
    pushFirst('first');
    push('next');
    expect(started).toEqual(['old']);
    done('old');
    done('first');
    expect(started).toEqual(['old', 'first', 'next']);
  });
});
