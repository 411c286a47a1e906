import type { ConsumedRecord } from '../../contracts/index.js';
import { readLetter, type StoredLetter } from './letter.js';
import type { LogReading } from './log-reading.js';

/** The letters at these offsets of a partition, in this order; those that are gone meanwhile are left out. Neighbours are fetched together. */
export async function* lettersAt(
  log: LogReading,
  topic: string,
  partition: number,
  offsets: Iterable<bigint>,
): AsyncGenerator<StoredLetter> {
  let near: readonly ConsumedRecord[] = [];
  for (const offset of offsets) {
    const isThere = (record: ConsumedRecord) => record.offset === offset;
    if (!near.some(isThere)) near = (await log.portion(topic, partition, offset)).records;
    const record = near.find(isThere);
    const letter = record && readLetter(record);
    if (letter) yield letter;
  }
}
