import { DataSource } from 'typeorm';
import type { StoreContext } from '../contracts/index.js';
import { ConfigurationError } from '../contracts/index.js';
import type { Dialect } from './dialect.js';
import { dialectOf, SUPPORTED } from './dialects.js';

/**
 * The DataSource that was given, or named by its token, if it can serve; by default the one of TypeORM's class. Throws a ConfigurationError that says
 * why it cannot, under the name of its user.
 */
export function dataSourceFor(
  given: unknown,
  user: string,
  context: Pick<StoreContext, 'resolve'>,
): [DataSource, Dialect] {
  const refuse = (what: string, remedy: string) =>
    new ConfigurationError([{ where: `${user} dataSource`, what, remedy }]);
  const dataSource = find(given ?? DataSource, context);
  if (!dataSource)
    throw refuse(
      'the application has no such DataSource',
      'Import TypeOrmModule.forRoot(…), or give a DataSource, or the token of its provider.',
    );
  const dialect = dialectOf(dataSource);
  if (!dialect) throw refuse(`its type is '${dataSource.options.type}'`, `Supported are ${SUPPORTED.join(', ')}.`);
  if (!dataSource.isInitialized) throw refuse('it is not initialized', 'Initialize it before the application starts.');
  if (dialect.name === 'sqlite' && isInMemory(dataSource))
    throw refuse(
      'its database is in memory, where nobody but its one connection sees it, and a connection of our own is needed',
      'Give it a file.',
    );
  return [dataSource, dialect];
}

function find(given: unknown, { resolve }: Pick<StoreContext, 'resolve'>): DataSource | undefined {
  if (typeof given === 'object' && given !== null) return given as DataSource;
  try {
    return resolve(given) as DataSource;
  } catch {
    return undefined;
  }
}

function isInMemory({ options: { database } }: DataSource): boolean {
  return database === '' || String(database).includes(':memory:');
}
