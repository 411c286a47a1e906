import { setNx } from 'nestjs-reliable-kafka/redis';
import { currentManager, statusGuard, uniqueKey, versionGuard } from 'nestjs-reliable-kafka/typeorm';
import { Account, Call, CREATED, DEAD, FINISHED, Job, UNDER_WAY } from './entities.js';
import { DATABASES } from './ground.js';
import { LEASE, tell, write } from './handlers.js';
import type { Message } from './message.js';
import { DOUBLES } from './naive/index.js';
import type { Subject } from './subject.js';

function written(name: string, guard: Subject['guard'], seed?: Subject['seed']): Subject {
  const handle = (message: Message) => write(currentManager(), name, message);
  return { name, databases: DATABASES, effect: 'written', guard, seed, handle };
}

const HONEST: readonly Subject[] = [
  written('uniqueKey', ({ retention }) => uniqueKey({ retention })),
  written('uniqueKey-batch', ({ retention }) => uniqueKey({ retention, batch: true })),
  written('uniqueKey-cache', ({ retention }) => uniqueKey({ retention, cache: true })),
  written('uniqueKey-own', ({ retention }) => uniqueKey({ retention, key: 'key', fingerprint: ['amount'] })),
  written('versionGuard-next', () =>
    versionGuard(Account, { id: 'id', version: 'version', mode: 'next', onMissing: 'insert' }),
  ),
  written('versionGuard-latest', () =>
    versionGuard(Account, { id: 'id', version: 'version', mode: 'latest', onMissing: 'insert' }),
  ),
  written(
    'statusGuard',
    () => statusGuard(Job, { id: 'id', from: CREATED, to: FINISHED, done: [FINISHED] }),
    (manager, { id }) => manager.insert(Job, { id, status: CREATED }),
  ),
  {
    name: 'statusGuard-claim',
    databases: DATABASES,
    effect: 'called',
    guard: ({ lease = LEASE, onUnknown = 'retry' }) =>
      statusGuard(Call, {
        id: 'id',
        from: CREATED,
        to: UNDER_WAY,
        done: [FINISHED],
        dead: DEAD,
        claim: { owner: 'owner', fence: 'fence', until: 'until' },
        lease,
        onUnknown,
      }),
    seed: (manager, { id }) => manager.insert(Call, { id, status: CREATED }),
    handle: async (message, surroundings) => {
      await tell(message, surroundings);
      return FINISHED;
    },
  },
  {
    name: 'setNx',
    databases: ['redis'],
    effect: 'called',
    guard: ({ lease = LEASE, retention }) => setNx({ lease, retention }),
    handle: tell,
  },
  {
    name: 'setNx-own',
    databases: ['redis'],
    effect: 'called',
    guard: ({ lease = LEASE, retention }) => setNx({ lease, retention, key: 'key', fingerprint: ['amount'] }),
    handle: tell,
  },
];

const ALL = new Map([...HONEST, ...DOUBLES].map((subject) => [subject.name, subject]));

export function subjectOf(name: string): Subject {
  const subject = ALL.get(name);
  if (!subject) throw new Error(`there is no subject ${name}`);
  return subject;
}
