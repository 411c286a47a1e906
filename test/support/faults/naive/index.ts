import { randomUUID } from 'node:crypto';
import { statusGuard } from 'nestjs-reliable-kafka/typeorm';
import { Call, CALL_CLAIM, CREATED, FINISHED } from '../entities.js';
import { LEASE, tell, write } from '../handlers.js';
import type { Message } from '../message.js';
import { ask, call } from '../receiver.js';
import type { Subject, Surroundings } from '../subject.js';
import { insertIgnore, repositoryOutside, zeroRowsReturn } from './in-database.js';
import { naiveManager } from './naive-guard.js';
import { plainSetNx, skipOnBusy, unconditionalDel } from './in-redis.js';

function inRedis(name: string, guard: Subject['guard']): Subject {
  return { name, databases: ['redis'], effect: 'called', guard, handle: tell };
}

function inTransaction(name: string, databases: Subject['databases'], guard: Subject['guard']): Subject {
  return { name, databases, effect: 'written', guard, handle: (message) => write(naiveManager(), name, message) };
}

/** The recipes that everybody knows, each with the hole that the matrix must find. */
export const DOUBLES: readonly Subject[] = [
  inRedis('naive-plain-set-nx', plainSetNx),
  inRedis('naive-skip-on-busy', ({ lease = LEASE }) => skipOnBusy(lease)),
  inRedis('naive-unconditional-del', ({ lease = LEASE }) => unconditionalDel(lease)),
  inTransaction('naive-insert-ignore', ['mariadb'], insertIgnore),
  inTransaction('naive-repository-outside', ['postgres', 'mariadb'], repositoryOutside),
  {
    name: 'naive-zero-rows-return',
    databases: ['postgres', 'mariadb'],
    effect: 'called',
    guard: zeroRowsReturn,
    seed: (manager, { id }) => manager.insert(Call, { id, status: CREATED }),
    handle: tell,
  },
  {
    name: 'naive-ask-first',
    databases: ['postgres', 'mariadb'],
    effect: 'called',
    guard: ({ lease = LEASE }) => statusGuard(Call, { ...CALL_CLAIM, lease, onUnknown: 'retry' }),
    seed: (manager, { id }) => manager.insert(Call, { id, status: CREATED }),
    handle: askThenTell,
  },
];

/** Who takes over asks whether the call went out, instead of giving it a key that the receiver knows again: a late one lands after the question. */
async function askThenTell({ id }: Message, { context, receiver }: Surroundings): Promise<number> {
  if (!context.recovered || (await ask(receiver, id)) === 0) await call(receiver, id, { key: randomUUID() });
  return FINISHED;
}
