import { LEADER_EPOCH } from '../log/index.js';
import { errors, type ErrorCode } from '../wire/index.js';

/** A client may name the leader epoch that it knows; -1 means none. */
export function leaderEpochObjection(known: number): ErrorCode | undefined {
  if (known === -1 || known === LEADER_EPOCH) return undefined;
  return known < LEADER_EPOCH ? errors.FENCED_LEADER_EPOCH : errors.UNKNOWN_LEADER_EPOCH;
}

/** In place of a list of permitted operations: nobody asked, or nobody knows. */
export const OPERATIONS_NOT_ASKED = -0x8000_0000;

/** As Kafka's `offset.metadata.max.bytes`. */
export const LONGEST_METADATA = 4096;
