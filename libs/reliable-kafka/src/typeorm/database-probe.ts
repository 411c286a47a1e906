import type { DataSource } from 'typeorm';
import { InfrastructureError } from '../contracts/index.js';
import type { Dialect, Query } from './dialect.js';
import { freshConnection } from './fresh-connection.js';

/** Enough for a handshake over a slow network; a database that takes longer is of no use to handlers. */
const PATIENCE = 5_000;

/**
 * Whether the database works, asked over a connection of its own, which is ended in any case. Rejects when it does not answer in time. A lock that
 * somebody holds is an answer.
 */
export async function probeDatabase(
  application: DataSource,
  dialect: Dialect,
  question: (query: Query) => Promise<unknown>,
): Promise<void> {
  const connection = freshConnection(application, dialect.name);
  const answer = connection.connect().then(() => question(connection.query));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(new InfrastructureError(`The database did not answer within ${PATIENCE} ms`, { backend: 'database' })),
      PATIENCE,
    );
  });
  try {
    await Promise.race([answer, late]);
  } catch (error) {
    if (!dialect.isConflict(error)) throw error;
  } finally {
    clearTimeout(timer);
    connection.end();
  }
}
