import { Pool } from 'pg';
import { realServices } from '../../test/services/index.js';
import { POOL } from './cases.js';

/** In a schema of its own, which every run makes anew. */
export const url = `${realServices().postgres.url}?options=-csearch_path%3Dbench`;

export function pool(): Pool {
  return new Pool({ connectionString: url, max: POOL });
}

/** Tables of a run, empty of effects and claims, with a row for each record. */
export async function prepare(records: number): Promise<void> {
  const database = pool();
  await database.query(`
    DROP SCHEMA IF EXISTS bench CASCADE;
    CREATE SCHEMA bench;
    CREATE TABLE bench_effect (id integer NOT NULL);
    CREATE TABLE bench_inbox (id bytea PRIMARY KEY, scope text NOT NULL, expires_at timestamptz NOT NULL);
    CREATE INDEX ON bench_inbox (expires_at);
    CREATE TABLE bench_row (
      id integer PRIMARY KEY, version integer NOT NULL DEFAULT 0, status integer NOT NULL DEFAULT 0,
      owner text, fence integer NOT NULL DEFAULT 0, until timestamptz
    ) WITH (fillfactor = 50);
    INSERT INTO bench_row (id) SELECT generate_series(0, ${records - 1});
    ANALYZE bench_row`);
  await database.end();
}

/** Every record had its effect: a rate of something else would be no rate. */
export async function effects(): Promise<Record<'inserted' | 'versioned' | 'done', number>> {
  const database = pool();
  const { rows } = await database.query(
    `SELECT (SELECT count(*)::int FROM bench_effect) AS inserted, count(*) FILTER (WHERE version = 1)::int AS versioned,
       count(*) FILTER (WHERE status = 2)::int AS done FROM bench_row`,
  );
  await database.end();
  return rows[0];
}
