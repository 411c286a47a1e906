import { DataSource } from 'typeorm';
import type { StoreContext } from '../contracts/index.js';
import { ConfigurationError } from '../contracts/index.js';
import type { Dialect } from './dialect.js';
import { dialectOf, SUPPORTED } from './dialects.js';
import type { SettledOptions } from './options.js';
import { storeLabel } from './options.js';

/** The DataSource that the options name, if it can serve. Throws a ConfigurationError that says why not. */
export function dataSourceFor(options: SettledOptions, context: StoreContext): [DataSource, Dialect] {
  const refuse = (what: string, remedy: string) =>
    new ConfigurationError([{ where: `${storeLabel(options)} dataSource`, what, remedy }]);
  const dataSource = find(options.dataSource ?? DataSource, context);
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
      'its database is in memory, where nobody but its one connection sees it: claims need a connection of their own',
      'Give it a file.',
    );
  return [dataSource, dialect];
}

function find(given: unknown, { resolve }: StoreContext): DataSource | undefined {
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
