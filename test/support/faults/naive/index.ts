import { Call, CREATED } from '../entities.js';
import type { Subject } from '../subject.js';
import { LEASE, tell, write } from '../handlers.js';
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
];
