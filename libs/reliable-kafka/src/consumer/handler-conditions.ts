import type { HandlerCondition } from '../telemetry/index.js';
import type { PartitionSession } from './partition-session.js';
import type { Task } from './task.js';

/** A key that has failed more often is failing, and not unlucky. */
const FAILURES = 5;
/** Waiting lanes that are looked at in one partition: what is said of so many is bad enough. */
const MOST = 1_000;

type Count = 'held' | 'failing' | 'stuck';

/** Which keys do not get on, by topic and handler. */
export function handlerConditions({
  sessions,
  running,
  stuck,
}: {
  readonly sessions: Iterable<Pick<PartitionSession, 'heldTasks' | 'waitingTasks'>>;
  readonly running: Iterable<Task>;
  readonly stuck: Iterable<Task>;
}): HandlerCondition[] {
  const conditions = new Map<string, { topic: string; handler: string } & Record<Count, number>>();
  const count = (what: Count, { record: { topic }, route }: Task) => {
    const handler = route.binding.label;
    const id = `${topic}\n${handler}`;
    let condition = conditions.get(id);
    if (!condition) conditions.set(id, (condition = { topic, handler, held: 0, failing: 0, stuck: 0 }));
    condition[what]++;
  };
  for (const session of sessions) {
    for (const task of session.heldTasks()) count('held', task);
    for (const task of first(MOST, session.waitingTasks())) if (isFailing(task)) count('failing', task);
  }
  for (const task of running) if (isFailing(task)) count('failing', task);
  for (const task of stuck) count('stuck', task);
  return [...conditions.values()];
}

/** What has its death waits for a dead letter topic, and that is told elsewhere. */
function isFailing({ attempt, death }: Task): boolean {
  return attempt > FAILURES && !death;
}

function* first<T>(most: number, all: Iterable<T>): Iterable<T> {
  for (const one of all) {
    if (most-- === 0) return;
    yield one;
  }
}
