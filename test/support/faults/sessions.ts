import { setTimeout as pause } from 'node:timers/promises';
import type { World } from './world.js';

/** How many sessions on the ground of a world wait for a lock. SQLite has no sessions: 0. */
export async function blocked({ probe, ground: { database, options, space } }: World): Promise<number> {
  if (database === 'postgres') {
    const sql = `SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'`;
    return (await probe!.query(sql, [space])).length;
  }
  if (database === 'mariadb')
    return (await openIn(probe!, String(options!.database), `trx_state = 'LOCK WAIT'`)).length;
  return 0;
}

/** How many sessions have a transaction open, and are not at work. */
export async function idle(world: World): Promise<number> {
  return (await idleSessions(world)).length;
}

/** Ends those sessions, as an administrator does. Answers how many. */
export async function endSessions(world: World): Promise<number> {
  const sessions = await idleSessions(world);
  const end = world.ground.database === 'postgres' ? 'SELECT pg_terminate_backend(?)' : 'KILL ?';
  for (const id of sessions) await world.probe!.query(end.replace('?', String(id)));
  return sessions.length;
}

async function idleSessions({ probe, ground: { database, options, space } }: World): Promise<number[]> {
  if (database !== 'postgres') return openIn(probe!, String(options!.database), `trx_state = 'RUNNING'`);
  const sql = `SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND state LIKE 'idle in transaction%'`;
  return (await probe!.query(sql, [space])).map(({ pid }: { pid: number }) => pid);
}

/** InnoDB tells those who ask more often than ten times a second what it told them last. */
const FRESH = 150;

async function openIn(probe: NonNullable<World['probe']>, name: string, condition: string): Promise<number[]> {
  await pause(FRESH);
  const rows: { id: number }[] = await probe.query(
    `SELECT p.id FROM information_schema.innodb_trx t JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
     WHERE p.db = ? AND ${condition}`,
    [name],
  );
  return rows.map(({ id }) => id);
}
