import type { RecordSource } from '../contracts/index.js';
import { ReliableKafkaError } from '../contracts/index.js';
import type { PartitionSession } from './partition-session.js';

/** Where a seek goes: one partition, or all of the topic that are owned here; to an offset, or to the first record at or after a time. */
export interface SeekTarget {
  readonly topic: string;
  readonly partition?: number;
  readonly offset?: bigint | number | string;
  /** Milliseconds since the epoch. Either this or `offset`. */
  readonly timestamp?: number;
}

/** The owned partitions that the target names. Throws when there is none, since another process would go on where it was. */
export function targetsOf(
  { topic, partition, offset, timestamp }: SeekTarget,
  sessions: Iterable<PartitionSession>,
): PartitionSession[] {
  if ((offset === undefined) === (timestamp === undefined))
    throw new ReliableKafkaError('seek needs either an offset or a timestamp');
  const owned = [...sessions].filter((session) => session.isAssigned && session.topic === topic);
  const targets = partition === undefined ? owned : owned.filter((session) => session.partition === partition);
  if (targets.length > 0) return targets;
  const asked = partition === undefined ? `no partition of ${topic} is` : `${topic}[${partition}] is not`;
  throw new ReliableKafkaError(`seek: ${asked} owned by this process. Ask the one that owns it (stats().partitions)`);
}

export function offsetOf(
  target: SeekTarget,
  session: PartitionSession,
  source: RecordSource,
): Promise<bigint> | bigint {
  return target.timestamp === undefined ? BigInt(target.offset!) : source.offsetAt(session, target.timestamp);
}
