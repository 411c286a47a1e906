import { setNx } from 'nestjs-reliable-kafka/redis';
import { currentManager, statusGuard, uniqueKey, versionGuard } from 'nestjs-reliable-kafka/typeorm';
import { Account, Call, CALL_CLAIM, CREATED, FINISHED, Job } from './entities.js';
import { DATABASES } from './ground.js';
import { LEASE, tell, write } from './handlers.js';
import type { Message } from './message.js';
import { DOUBLES } from './naive/index.js';
import type { Subject } from './subject.js';

function written(name: string, guard: Subject['guard'], seed?: Subject['seed']): Subject {
  const handle = (message: Message) => write(currentManager(), name, message);
  return { name, databases: DATABASES, effect: 'written', guard, seed, handle };
}

/** What a handler does to its payload must not change what the message is known by. */
function mutating(subject: Subject): Subject {
  const handle: Subject['handle'] = async (message, surroundings) => {
    const { id, ...rest } = message;
    Object.assign(message, { key: 'another', amount: 0 });
    return subject.handle({ id, ...rest }, surroundings);
  };
  return { ...subject, handle };
}

/** The handler has a repository injected, which is not the one of its transaction. */
function outside(subject: Subject): Subject {
  const name = `${subject.name}-outside`;
  return { ...subject, name, handle: (message, { dataSource }) => write(dataSource!.manager, name, message) };
}

const GUARDED: readonly Subject[] = [
  written('uniqueKey', ({ retention }) => uniqueKey({ retention })),
  written('uniqueKey-batch', ({ retention }) => uniqueKey({ retention, batch: true })),
  written('uniqueKey-cache', ({ retention }) => uniqueKey({ retention, cache: true })),
  mutating(written('uniqueKey-own', ({ retention }) => uniqueKey({ retention, key: 'key', fingerprint: ['amount'] }))),
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
    guard: ({ lease = LEASE, onUnknown = 'retry' }) => statusGuard(Call, { ...CALL_CLAIM, lease, onUnknown }),
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
  mutating({
    name: 'setNx-own',
    databases: ['redis'],
    effect: 'called',
    guard: ({ lease = LEASE, retention }) => setNx({ lease, retention, key: 'key', fingerprint: ['amount'] }),
    handle: tell,
  }),
];

/** The same guards before handlers that write by what was injected. */
const OUTSIDE = ['uniqueKey', 'versionGuard-next', 'statusGuard'].map((name) =>
  outside(GUARDED.find((subject) => subject.name === name)!),
);

const ALL = new Map([...GUARDED, ...OUTSIDE, ...DOUBLES].map((subject) => [subject.name, subject]));

export function subjectOf(name: string): Subject {
  const subject = ALL.get(name);
  if (!subject) throw new Error(`there is no subject ${name}`);
  return subject;
}
