import { createHash } from 'node:crypto';
import type { ParkedKey, ParkedPartition } from '../../contracts/index.js';

/** 32 bytes, so that no length, collation or letter case makes two partitions one. */
export function partitionId({ group, topic, partition }: ParkedPartition): Buffer {
  return hashed(JSON.stringify([group, topic, partition]));
}

export function keyId({ key }: Pick<ParkedKey, 'key'>): Buffer {
  return hashed(key);
}

function hashed(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
