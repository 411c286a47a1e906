import type { LaneKey } from '../../ordering/index.js';
import { NO_KEY } from '../../ordering/index.js';
import { parkedKeyText, parseParkedKey } from '../../retry/index.js';
import type { Task } from '../task.js';

/** The key of a record's lane, as the parking store has it. */
export function keyTextOf({ laneKey, record }: Pick<Task, 'laneKey' | 'record'>): string {
  return parkedKeyText(laneKey === NO_KEY ? null : (laneKey as string | undefined), record.offset);
}

/** The lane that a key of the parking store has. */
export function laneKeyOf(text: string): LaneKey | undefined {
  const key = parseParkedKey(text);
  return key === null ? NO_KEY : key;
}
