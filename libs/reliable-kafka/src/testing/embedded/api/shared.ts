import { LEADER_EPOCH } from '../log/index.js';
import type { ProducerIdentity } from '../transactions/index.js';
import { errors, type ErrorCode } from '../wire/index.js';
import type { Context } from './define.js';

/** A client may name the leader epoch that it knows; -1 means none. */
export function leaderEpochObjection(known: number): ErrorCode | undefined {
  if (known === -1 || known === LEADER_EPOCH) return undefined;
  return known < LEADER_EPOCH ? errors.FENCED_LEADER_EPOCH : errors.UNKNOWN_LEADER_EPOCH;
}

/** In place of a list of permitted operations: nobody asked, or nobody knows. */
export const OPERATIONS_NOT_ASKED = -0x8000_0000;

/** As Kafka's `offset.metadata.max.bytes`. */
export const LONGEST_METADATA = 4096;

/** Why a producer may not act in its transaction. Older clients know fencing under another name. */
export function transactionObjection(
  wanted: ProducerIdentity & { readonly transactionalId: string },
  { broker, version }: Context,
): ErrorCode | undefined {
  const objection = broker.transactions.objection(wanted.transactionalId, wanted);
  return objection === errors.PRODUCER_FENCED && version < 2 ? errors.INVALID_PRODUCER_EPOCH : objection;
}
