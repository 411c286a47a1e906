import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ConsumerRuntime } from '../../consumer/index.js';
import type { ReliableConsumerOptions, ReliableKafkaEvent } from '../../contracts/index.js';
import type { ConsumerCondition } from '../../telemetry/index.js';
import { HealthWatch } from './health-watch.js';

const RUNNING: ConsumerCondition = { state: 'running', hasLease: true, partitions: [], handlers: [] };
const DOWN: ReliableKafkaEvent = { type: 'outage-began', what: 'database', error: 'refused' };
const UP: ReliableKafkaEvent = { type: 'outage-ended', what: 'database', ms: 1 };

describe('The watch over health', () => {
  let told: string[];
  let looks: number;
  let condition: ConsumerCondition;
  let consumption: { runtime?: ConsumerRuntime; isPreparing: boolean };
  let watch: HealthWatch;

  const runtime = {
    condition: () => {
      looks++;
      return condition;
    },
  } as ConsumerRuntime;
  const emit = (event: ReliableKafkaEvent) => {
    if (event.type !== 'health-changed') return;
    told.push(`${event.from} ${event.to} ${event.reasons.map(({ code }) => code).join()}`.trim());
  };
  const watching = (consumer?: ReliableConsumerOptions) =>
    new HealthWatch(consumption as { runtime: undefined; isPreparing: boolean }, consumer, emit);

  beforeEach(() => {
    jest.useFakeTimers();
    told = [];
    looks = 0;
    condition = RUNNING;
    consumption = { runtime, isPreparing: false };
    watch = watching({ groupId: 'group' });
  });

  afterEach(() => {
    watch.onModuleDestroy();
    jest.useRealTimers();
  });

  it('tells of a change soon after the event that made it, and once', () => {
    watch.onApplicationBootstrap();
    watch.note(DOWN);
    watch.note({ type: 'paused', topic: 't', partition: 0, reason: 'infrastructure' });
    expect(told).toEqual([]);
    jest.advanceTimersByTime(1_000);
    expect(told).toEqual(['green red outage']);
    jest.advanceTimersByTime(60_000);
    watch.note(UP);
    jest.advanceTimersByTime(1_000);
    expect(told).toEqual(['green red outage', 'red green']);
  });

  it('tells of a change that no event announced within some seconds', () => {
    watch.onApplicationBootstrap();
    condition = { ...RUNNING, hasLease: false };
    jest.advanceTimersByTime(5_000);
    expect(told).toEqual(['green red lease-lost']);
  });

  it('looks a few times in a second, however many events there are, and for those that are many not at all', () => {
    watch.onApplicationBootstrap();
    looks = 0;
    for (let ms = 0; ms < 1_000; ms++) {
      for (let i = 0; i < 100; i++) watch.note(DOWN);
      jest.advanceTimersByTime(1);
    }
    expect(looks).toBeLessThanOrEqual(4);
    watch.note(UP);
    jest.advanceTimersByTime(250);
    looks = 0;
    for (let i = 0; i < 100; i++) watch.note({ type: 'committed', topic: 't', partition: 0, offset: 1n });
    jest.advanceTimersByTime(1_000);
    expect(looks).toBeLessThanOrEqual(1);
  });

  it('takes how it finds things at the start for granted, and tells from then on', () => {
    consumption = { isPreparing: true };
    watch = watching({ groupId: 'group' });
    watch.onApplicationBootstrap();
    expect(watch.look()).toMatchObject({ status: 'yellow', reasons: [{ code: 'starting' }] });
    jest.advanceTimersByTime(10_000);
    expect(told).toEqual([]);
    Object.assign(consumption, { runtime, isPreparing: false });
    jest.advanceTimersByTime(5_000);
    expect(told).toEqual(['yellow green']);
  });

  it('knows what events told before the application was bootstrapped', () => {
    watch.note(DOWN);
    expect(watch.look().status).toBe('red');
  });

  it.each([
    ['before an event', false],
    ['right after one', true],
  ])('answers, but tells nothing, once the application is shut down: %s', (_, pending) => {
    watch.onApplicationBootstrap();
    if (pending) watch.note(DOWN);
    watch.onModuleDestroy();
    watch.note(DOWN);
    condition = { ...RUNNING, state: 'stopped' };
    jest.advanceTimersByTime(60_000);
    expect(told).toEqual([]);
    expect(watch.look()).toMatchObject({ status: 'red', reasons: [{ code: 'stopped' }] });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('calls a consumer that has not started red, and an application that only produces green', () => {
    consumption = { isPreparing: false };
    expect(watching({ groupId: 'group' }).look().reasons).toMatchObject([{ code: 'not-started' }]);
    expect(watching().look()).toMatchObject({ status: 'green' });
  });

  it.each([
    ['by default', undefined, 75_000],
    ['as long as the options say', 20_000, 35_000],
  ])('waits for a rebalance %s', (_, rebalanceTimeout, patience) => {
    condition = { ...RUNNING, state: 'draining' };
    watch = watching({ groupId: 'group', rebalanceTimeout });
    watch.look();
    jest.advanceTimersByTime(patience - 1);
    expect(watch.look().status).toBe('green');
    jest.advanceTimersByTime(1);
    expect(watch.look().status).toBe('red');
  });
});
