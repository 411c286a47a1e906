import { describe, expect, it } from '@jest/globals';
import { handlerConditions } from './handler-conditions.js';
import type { Task } from './task.js';

const task = (attempt: number, more: { topic?: string; label?: string; dying?: boolean } = {}) =>
  ({
    attempt,
    record: { topic: more.topic ?? 'orders' },
    route: { binding: { label: more.label ?? 'Orders.handle' } },
    death: more.dying ? { reason: 'attempts', error: 'x' } : undefined,
  }) as unknown as Task;
const session = (held: Task[], waiting: Iterable<Task>) => ({ heldTasks: () => held, waitingTasks: () => waiting });
const nothing = { sessions: [], running: [], stuck: [] };

describe('Which keys do not get on', () => {
  it('is counted by topic and handler, over all partitions', () => {
    expect(
      handlerConditions({
        sessions: [session([task(1)], [task(9)]), session([task(2), task(1, { label: 'Mail.send' })], [task(6)])],
        running: [task(7), task(1), task(8, { topic: 'others' })],
        stuck: [task(1, { label: 'Mail.send' })],
      }),
    ).toEqual([
      { topic: 'orders', handler: 'Orders.handle', held: 2, failing: 3, stuck: 0 },
      { topic: 'orders', handler: 'Mail.send', held: 1, failing: 0, stuck: 1 },
      { topic: 'others', handler: 'Orders.handle', held: 0, failing: 1, stuck: 0 },
    ]);
  });

  it('says nothing of what has failed five times, or is on its way to a dead letter topic', () => {
    const waiting = [task(1), task(6, { dying: true }), task(5)];
    expect(handlerConditions({ ...nothing, sessions: [session([], waiting)] })).toEqual([]);
    expect(handlerConditions({ ...nothing, running: [task(11, { dying: true })] })).toEqual([]);
  });

  it('looks at so many waiting keys of a partition, and at no more', () => {
    let looked = 0;
    const endless = (function* () {
      for (;;) {
        looked++;
        yield task(9);
      }
    })();
    const [found] = handlerConditions({ ...nothing, sessions: [session([], endless)] });
    expect(found!.failing).toBe(1_000);
    expect(looked).toBeLessThanOrEqual(1_001);
  });
});
