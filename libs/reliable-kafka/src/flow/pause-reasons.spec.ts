import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { PauseReason } from '../contracts/index.js';
import { PauseReasons } from './pause-reasons.js';

const p = { topic: 't', partition: 0 };
const q = { topic: 't', partition: 1 };

describe('PauseReasons', () => {
  it('pauses with the first reason and resumes with the end of the last', () => {
    const reasons = new PauseReasons();
    expect(reasons.add(p, 'back-pressure')).toBe(true);
    expect(reasons.add(p, 'operator')).toBe(false);
    expect(reasons.remove(p, 'back-pressure')).toBe(false);
    expect(reasons.remove(p, 'operator')).toBe(true);
  });

  it('counts a reason once, however often it is given', () => {
    const reasons = new PauseReasons();
    reasons.add(p, 'hold');
    expect(reasons.add(p, 'hold')).toBe(false);
    expect(reasons.remove(p, 'hold')).toBe(true);
    expect(reasons.remove(p, 'hold')).toBe(false);
  });

  it('keeps partitions apart, and topics whose names look alike', () => {
    const reasons = new PauseReasons();
    reasons.add(p, 'hold');
    expect(reasons.of(q)).toEqual([]);
    expect(reasons.add({ topic: 't[0]', partition: 0 }, 'hold')).toBe(true);
    expect(reasons.of(p)).toEqual(['hold']);
  });

  it('keeps through a new assignment what people set, and nothing else', () => {
    const reasons = new PauseReasons();
    for (const reason of ['operator', 'settings', 'back-pressure', 'undecodable'] as const) reasons.add(p, reason);
    reasons.add(q, 'back-pressure');
    reasons.forget();
    expect(reasons.of(p)).toEqual(['operator', 'settings']);
    expect(reasons.of(q)).toEqual([]);
    expect(reasons.add(q, 'back-pressure')).toBe(true);
  });

  it('tells of every turn and of no other, in any order of calls', () => {
    const reason = fc.constantFrom<PauseReason>('operator', 'settings', 'back-pressure', 'hold');
    const call = fc.tuple(fc.constantFrom(p, q), fc.constantFrom('add' as const, 'remove' as const), reason);
    fc.assert(
      fc.property(fc.array(call, { maxLength: 60, size: 'max' }), (calls) => {
        const reasons = new PauseReasons();
        const paused = new Map([
          [p, false],
          [q, false],
        ]);
        for (const [partition, act, why] of calls) {
          const turned = reasons[act](partition, why);
          const isPaused = reasons.of(partition).length > 0;
          expect([turned, reasons.of(partition).includes(why)]).toEqual([
            isPaused !== paused.get(partition),
            act === 'add',
          ]);
          paused.set(partition, isPaused);
        }
      }),
    );
  });
});
