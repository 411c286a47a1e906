import type { ConsumedRecord, ParkedState } from '../../contracts/index.js';

/**
 * What becomes of a record whose turn in its lane has come.
 * - `runs`: its key is not parked
 * - `joins`: behind those of its key that are parked
 * - `known`: it has a row already, and with it an outcome
 */
export type Turn = 'runs' | 'joins' | 'known';

/** The parked keys of one handler in one partition, as its owner has them in mind. Keys are the store's texts. O(1) whatever is parked. */
export class ParkedKeys {
  /** Their records, as the store told last; `undefined` where all that is known is a hint that one is due. */
  private readonly keys = new Map<string, number | undefined>();
  /** Whose first record is in the lane, or runs. */
  private readonly inRound = new Set<string>();
  /** Records of the log that have a row from an earlier epoch, and the highest of their offsets. */
  private readonly known = new Set<string>();
  private lastKnown = -1n;

  constructor({ keys, known }: Pick<ParkedState, 'keys' | 'known'>) {
    for (const { key, records } of keys) this.keys.set(key, records);
    for (const { offset, timestamp } of known) {
      this.known.add(`${offset}@${timestamp}`);
      if (offset > this.lastKnown) this.lastKnown = offset;
    }
  }

  get size(): number {
    return this.keys.size;
  }

  /** Keys in a round. */
  get rounds(): number {
    return this.inRound.size;
  }

  /** Records in the store that have no outcome of their own yet. */
  get records(): number {
    let all = 0;
    for (const records of this.keys.values()) all += records ?? 0;
    return all;
  }

  recordsOf(key: string): number {
    return this.keys.get(key) ?? 0;
  }

  /** `keyOf` is asked only when it matters. */
  turnOf({ offset, timestamp }: Pick<ConsumedRecord, 'offset' | 'timestamp'>, keyOf: () => string): Turn {
    if (offset <= this.lastKnown && this.known.delete(`${offset}@${timestamp}`)) return 'known';
    return this.keys.size > 0 && this.keys.has(keyOf()) ? 'joins' : 'runs';
  }

  /** So many records of the key are in the store. */
  note(key: string, records: number): void {
    this.keys.set(key, records);
  }

  /** False: the key is in a round already. From now on its later records join it. */
  beginRound(key: string): boolean {
    if (this.inRound.has(key)) return false;
    this.inRound.add(key);
    if (!this.keys.has(key)) this.keys.set(key, undefined);
    return true;
  }

  /** The key stays parked, unless it never was: the hint came too late. */
  endRound(key: string): void {
    this.inRound.delete(key);
    if (this.keys.get(key) === undefined) this.keys.delete(key);
  }

  /** The record of the round is done with. */
  noteDone(key: string): void {
    this.keys.set(key, Math.max(0, this.recordsOf(key) - 1));
  }

  unpark(key: string): void {
    this.inRound.delete(key);
    this.keys.delete(key);
  }
}
