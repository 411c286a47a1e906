import type { EntityManager } from 'typeorm';
import { Effect } from './entities.js';
import type { Message } from './message.js';
import { call } from './receiver.js';
import type { Surroundings } from './subject.js';

/** Milliseconds. */
export const LEASE = 2_000;

export async function write(manager: EntityManager, subject: string, { id }: Message): Promise<void> {
  await manager.insert(Effect, { subject, message: id });
}

/** Tells the receiver an idempotency key, which is the same whoever calls. */
export async function tell({ id }: Message, { context, receiver }: Surroundings): Promise<void> {
  await call(receiver, id, { key: id, fence: context.fencingToken });
}
