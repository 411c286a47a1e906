import type { DataSource } from 'typeorm';
import { askInTime } from '../retry/index.js';
import type { Dialect, Query } from './dialect.js';
import { freshConnection } from './fresh-connection.js';

/** Whether the database works, asked over a connection of its own. A lock that somebody holds is an answer. */
export async function probeDatabase(
  application: DataSource,
  dialect: Dialect,
  question: (query: Query) => Promise<unknown>,
): Promise<void> {
  const connection = freshConnection(application, dialect.name);
  const ask = async () => {
    await connection.connect();
    return question(connection.query);
  };
  try {
    await askInTime('database', ask, () => connection.end());
  } catch (error) {
    if (!dialect.isConflict(error)) throw error;
  }
}
