import { describe, expect, it } from '@jest/globals';
import { bySlot, slotOf } from './by-slot.js';
import type { RecordRow } from './sql/index.js';

const row = (key: string | null, partition: number | null = null, topic = 't'): RecordRow => ({
  topic,
  partition,
  key: key === null ? null : Buffer.from(key),
  value: null,
  headers: Buffer.alloc(0),
  size: 0,
  addedAt: 0,
});
const at = (...given: Parameters<typeof row>) => slotOf(row(...given), 16);

describe('The slot of a record', () => {
  it('is one for each key, whatever its topic and its partition', () => {
    expect(at('user-1', 3)).toBe(at('user-1'));
    expect(at('user-1', null, 'other')).toBe(at('user-1'));
  });

  it('is one for each partition that was asked for without a key', () => {
    expect(at(null, 3)).toBe(at(null, 3));
    expect(new Set(Array.from({ length: 100 }, (_, partition) => at(null, partition))).size).toBe(16);
  });

  it('is none where there is no order', () => {
    expect(at(null)).toBeUndefined();
  });

  it('lies among the slots, and keys are spread over all of them', () => {
    const slots = Array.from({ length: 1_000 }, (_, i) => at(`user-${i}`)!);
    expect(slots.toSorted((a, b) => a - b)[0]).toBe(0);
    expect(new Set(slots).size).toBe(16);
    expect(Math.max(...slots)).toBe(15);
  });

  it('of a key never changes: records of it may be waiting there', () => {
    expect(['', 'a', 'user-2', 'käse', '7'].map((key) => at(key))).toEqual(KNOWN);
  });
});

const KNOWN = [9, 12, 0, 13, 3];

describe('The records of a transaction', () => {
  const keys = (groups: ReturnType<typeof bySlot>) => groups.map(([, rows]) => rows.map(({ key }) => String(key)));

  it('are grouped by slot, in the order of the slots, and in a slot in the order of the calls', () => {
    const names = Array.from({ length: 60 }, (_, i) => `k${i % 30}`);
    const groups = bySlot(
      names.map((name) => row(name)),
      16,
    );
    const slots = groups.map(([slot]) => slot);
    expect(slots).toEqual(slots.toSorted((a, b) => a - b));
    for (const [slot, rows] of groups)
      expect(rows.map(({ key }) => String(key))).toEqual(names.filter((name) => at(name) === slot));
  });

  it('join one that is locked anyway where they have no slot, and by chance where there is none', () => {
    expect(keys(bySlot([row(null), row('a'), row(null)], 16))).toEqual([['null', 'a', 'null']]);
    expect(bySlot([row(null), row(null)], 16, () => 0.5)).toEqual([[8, [row(null), row(null)]]]);
  });
});
