import { expect, it } from '@jest/globals';
import { typeormIdempotency } from 'nestjs-reliable-kafka/typeorm';
import { DataSource } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';
import { sqliteKind } from '../../support/databases.js';
import { describeStart } from '../../support/typeorm/describe-start.js';
import { log } from '../../support/typeorm/stores.js';

describeStart(sqliteKind);

it.each([':memory:', ''])('SQLite: a database in memory (%j) has no second connection', async (database) => {
  const place = await sqliteKind.make();
  const dataSource = await new DataSource({ ...place.options, database } as DataSourceOptions).initialize();
  const store = typeormIdempotency({ dataSource });
  expect(await store.open({ resolve: () => undefined, log })).toEqual([
    expect.objectContaining({ what: expect.stringContaining('in memory'), remedy: 'Give it a file.' }),
  ]);
  await dataSource.destroy();
  await place.end();
});

it('other databases are not supported, and those that are are named', async () => {
  const dataSource = { options: { type: 'oracle' } };
  const store = typeormIdempotency({ dataSource });
  expect(await store.open({ resolve: () => undefined, log })).toEqual([
    expect.objectContaining({
      what: "its type is 'oracle'",
      remedy: 'Supported are postgres, mysql, mariadb, better-sqlite3.',
    }),
  ]);
});
