import { describe, expect, it } from '@jest/globals';
import { dead, POLICY, record } from '../../../../../test/support/dead-letters.js';
import { barrier } from '../../../../../test/support/consumers.js';
import { DeadLetterOffice } from './sink.js';

/** Timers that run out when they are told to. */
function office(publish: () => Promise<void> = async () => {}) {
  const timers = new Set<() => void>();
  const published: unknown[] = [];
  const made = new DeadLetterOffice({
    group: 'group',
    publish: (topic, letter) => {
      published.push([topic, letter.value?.toString()]);
      return publish();
    },
    now: () => 7_000,
    after: (_ms, fn) => {
      timers.add(fn);
      return () => timers.delete(fn);
    },
  });
  const runOut = () => {
    for (const fn of timers) fn();
  };
  return { office: made, published, runOut, timers };
}

describe('A burial', () => {
  it('is over when the letter is acknowledged, and every action has been completed', async () => {
    const acknowledged = barrier();
    const compensated = barrier();
    const steps: string[] = [];
    const { office: sink } = office(() => acknowledged.opened.then(() => void steps.push('published')));
    sink.onDead(async ({ record: { offset } }, { topic }) => {
      steps.push(`action ${topic} ${offset}`);
      await compensated.opened;
    });
    const buried = sink.bury(dead(record(5)), POLICY).then(() => steps.push('buried'));
    acknowledged.open();
    await new Promise(setImmediate);
    expect(steps).toEqual(['published', 'action orders-dlt 5']);
    compensated.open();
    await buried;
    expect(steps).toEqual(['published', 'action orders-dlt 5', 'buried']);
  });

  it('is not over when the letter is not acknowledged: no action, and the next try publishes again', async () => {
    let isDown = true;
    const acted: unknown[] = [];
    const { office: sink, published } = office(async () => {
      if (isDown) throw new Error('down');
    });
    sink.onDead(() => acted.push(1));
    const one = dead(record(5));
    await expect(sink.bury(one, POLICY)).rejects.toThrow('down');
    expect(acted).toEqual([]);
    isDown = false;
    await sink.bury(one, POLICY);
    expect([published.length, acted.length]).toEqual([2, 1]);
  });

  it('that fails in an action is not over: neither the letter nor the actions that succeeded are repeated', async () => {
    let isDown = true;
    const told: string[] = [];
    const { office: sink, published } = office();
    sink.onDead(() => told.push('alert'));
    sink.onDead(async () => {
      if (isDown) throw new Error('no database');
      told.push('compensation');
    });
    const of = record(5);
    await expect(sink.bury(dead(of), POLICY)).rejects.toThrow(
      'An action of onDead failed for orders[0]@5 (Orders.handle): Error: no database',
    );
    await expect(sink.bury(dead(of), POLICY)).rejects.toThrow('no database');
    isDown = false;
    await sink.bury(dead(of), POLICY);
    expect(published).toHaveLength(1);
    expect(told).toEqual(['alert', 'compensation']);
  });

  it('that takes long is given up for a while, so that somebody learns of it; what is under way is waited for and not repeated', async () => {
    const acknowledged = barrier();
    const { office: sink, published, runOut, timers } = office(() => acknowledged.opened);
    const of = record(5);
    const first = sink.bury(dead(of), POLICY);
    runOut();
    await expect(first).rejects.toThrow('The dead letter topic orders-dlt has not acknowledged a record for 10 s');
    const second = sink.bury(dead(of), POLICY);
    acknowledged.open();
    await second;
    expect(published).toHaveLength(1);
    expect(timers.size).toBe(0);
  });

  it('concerns one handler: others of the record have theirs', async () => {
    const { office: sink, published } = office();
    const of = record(5);
    await sink.bury(dead(of), POLICY);
    await sink.bury(dead(of, { binding: { name: 'audit', label: 'Audit.handle' } }), POLICY);
    expect(published).toHaveLength(2);
  });

  it('forgets actions that were taken back', async () => {
    const { office: sink } = office();
    const told: unknown[] = [];
    sink.onDead(() => told.push(1))();
    await sink.bury(dead(record(5)), POLICY);
    expect(told).toEqual([]);
  });
});
