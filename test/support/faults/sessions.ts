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

/** Ends the sessions that have a transaction open, as an administrator does. Answers how many. */
export async function endSessions({ probe, ground: { database, options, space } }: World): Promise<number> {
  if (database === 'postgres') {
    const sql = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND state = 'idle in transaction'`;
    return (await probe!.query(sql, [space])).length;
  }
  const ids = await openIn(probe!, String(options!.database), `trx_state = 'RUNNING'`);
  for (const id of ids) await probe!.query(`KILL ${id}`);
  return ids.length;
}

async function openIn(probe: NonNullable<World['probe']>, name: string, condition: string): Promise<number[]> {
  const rows: { id: number }[] = await probe.query(
    `SELECT p.id FROM information_schema.innodb_trx t JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
     WHERE p.db = ? AND ${condition}`,
    [name],
  );
  return rows.map(({ id }) => id);
}
