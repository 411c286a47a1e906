import { murmur2 } from '../../producer/index.js';
import type { RecordRow } from './sql/index.js';

/**
 * The slot of a record: one for each key, over all topics, so that a key's records are published in the order of their commits wherever they go.
 * Without a key, one for each partition that was asked for; without both there is no order, and no slot of its own: `undefined`.
 */
export function slotOf(
  { topic, key, partition }: Pick<RecordRow, 'topic' | 'key' | 'partition'>,
  slots: number,
): number | undefined {
  if (key === null && partition === null) return undefined;
  return (murmur2(key ?? Buffer.from(`${topic}[${partition}]`)) & 0x7fffffff) % slots;
}

/**
 * The records of one transaction by their slots, the slots in the order of their numbers: the one order in which everybody locks them. What belongs
 * to no slot goes where the transaction locks anyway, or to one by chance.
 */
export function bySlot(
  rows: readonly RecordRow[],
  slots: number,
  random = Math.random,
): readonly (readonly [slot: number, rows: readonly RecordRow[]])[] {
  const given = rows.map((row) => slotOf(row, slots));
  const anywhere = given.find((slot) => slot !== undefined) ?? Math.floor(random() * slots);
  const groups = new Map<number, RecordRow[]>();
  for (const [i, row] of rows.entries()) {
    const slot = given[i] ?? anywhere;
    const group = groups.get(slot);
    if (group) group.push(row);
    else groups.set(slot, [row]);
  }
  return [...groups].sort(([one], [other]) => one - other);
}
