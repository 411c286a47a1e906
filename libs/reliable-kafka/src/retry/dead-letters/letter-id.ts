import type { TopicPartition } from '../../contracts/index.js';

/** Where a record stood when it was first read, and when it was sent: offsets begin again at 0 in a topic that is made anew. */
export interface Origin extends TopicPartition {
  readonly offset: bigint;
  /** Milliseconds since the epoch, in decimal digits. */
  readonly timestamp: string;
}

export interface LetterIdentity extends Origin {
  readonly group: string;
  /** The handler's name. */
  readonly handler: string;
}

/** One record for one handler of one group: all copies of a dead letter have the same. `group/handler/topic/partition/offset/timestamp`. */
export function letterId({ group, handler, topic, partition, offset, timestamp }: LetterIdentity): string {
  return [group, handler, topic, partition, offset, timestamp]
    .map((part) => encodeURIComponent(String(part)))
    .join('/');
}

/** `undefined` for what is no id. */
export function identityOf(id: string): LetterIdentity | undefined {
  const parts = id.split('/');
  if (parts.length !== 6) return undefined;
  try {
    const [group, handler, topic, partition, offset, timestamp] = parts.map(decodeURIComponent) as Parts;
    if (![partition, offset, timestamp].every((part) => /^-?\d{1,19}$/.test(part))) return undefined;
    return { group, handler, topic, partition: Number(partition), offset: BigInt(offset), timestamp };
  } catch {
    return undefined;
  }
}

type Parts = [string, string, string, string, string, string];
