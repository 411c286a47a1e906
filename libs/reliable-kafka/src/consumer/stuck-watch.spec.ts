import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ReliableKafkaEvent } from '../contracts/index.js';
import { StuckWatch } from './stuck-watch.js';
import type { Task } from './task.js';

const task = (offset: bigint) =>
  ({
    record: { topic: 'orders', partition: 3, offset },
    route: { binding: { label: 'Orders.handle' } },
    attempt: 1,
  }) as unknown as Task;

describe('The watch for attempts that do not end', () => {
  let told: ReliableKafkaEvent[];
  let running: Task[];
  let watch: StuckWatch;

  beforeEach(() => {
    jest.useFakeTimers();
    told = [];
    running = [];
    watch = new StuckWatch(
      () => running,
      (event) => told.push(event),
    );
  });

  afterEach(() => {
    watch.close();
    jest.useRealTimers();
  });

  it('tells of one once, after a while, and counts it until it has ended', () => {
    running = [task(1n), task(2n)];
    jest.advanceTimersByTime(50_000);
    expect([...watch.stuck()]).toEqual([]);
    jest.advanceTimersByTime(10_000);
    expect(told).toMatchObject([{ record: { offset: 1n } }, { record: { offset: 2n } }]);
    jest.advanceTimersByTime(60_000);
    expect(told).toHaveLength(2);
    expect([...watch.stuck()]).toEqual(running);
    running = running.slice(1);
    jest.advanceTimersByTime(10_000);
    expect([...watch.stuck()]).toEqual(running);
  });

  it('begins anew with the next attempt', () => {
    running = [task(1n)];
    jest.advanceTimersByTime(60_000);
    expect([...watch.stuck()]).toHaveLength(1);
    running[0]!.attempt++;
    jest.advanceTimersByTime(10_000);
    expect([...watch.stuck()]).toEqual([]);
  });
});
