import { expect, it } from '@jest/globals';
import { typeormIdempotency } from 'nestjs-reliable-kafka/typeorm';
import { DataSource } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';
import { postgresKind, realDatabases } from '../../support/databases.js';
import { describeStart } from '../../support/typeorm/describe-start.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { log, StoreTest } from '../../support/typeorm/stores.js';

const nothing = () => {
  throw new Error('There is no such provider');
};

for (const kind of realDatabases) {
  describeStart(kind);

  it.each([
    { poolSize: 1, reserve: undefined, what: 'the pool of its DataSource has 1 connection' },
    { poolSize: 3, reserve: 3, what: 'its reserve is 3, of a pool of 3' },
    { poolSize: 3, reserve: 0.5, what: 'its reserve is 0.5, of a pool of 3' },
  ])(`${kind.name}: $what`, async ({ poolSize, reserve, what }) => {
    const setting = await StoreTest.on(kind, { poolSize } as Partial<DataSourceOptions>);
    const store = typeormIdempotency({ dataSource: setting.dataSource, reserve });
    expect(await store.open({ resolve: nothing, log })).toEqual([expect.objectContaining({ what })]);
    await setting.end();
  });

  it(`${kind.name}: a database that does not answer is no problem of the configuration`, async () => {
    const setting = await StoreTest.on(kind);
    const { port } = setting.database.options as { port: number };
    await using proxy = await TcpProxy.start(port);
    const dataSource = await setting.other({ port: proxy.port } as Partial<DataSourceOptions>);
    proxy.cut();
    const store = typeormIdempotency({ dataSource });
    await expect(store.open({ resolve: nothing, log })).rejects.toThrow(Error);
    await setting.end();
  });
}

it('PostgreSQL: a user who may not create tables is told of the migrations', async () => {
  const setting = await StoreTest.on(postgresKind);
  const user = `${(setting.dataSource.options as { schema: string }).schema}_user`;
  const { schema } = setting.dataSource.options as { schema: string };
  await setting.dataSource.query(`CREATE ROLE ${user} LOGIN PASSWORD 'reliable'`);
  await setting.dataSource.query(`GRANT USAGE ON SCHEMA ${schema} TO ${user}`);
  const options = { ...setting.dataSource.options, synchronize: false, username: user, password: 'reliable' };
  const dataSource = await new DataSource(options as DataSourceOptions).initialize();
  const store = typeormIdempotency({ dataSource });
  expect(await store.open({ resolve: nothing, log })).toEqual([
    expect.objectContaining({
      what: expect.stringContaining('permission denied'),
      remedy: expect.stringContaining('reliableKafkaMigrations'),
    }),
  ]);
  await dataSource.destroy();
  await setting.dataSource.query(`DROP OWNED BY ${user}`);
  await setting.dataSource.query(`DROP ROLE ${user}`);
  await setting.end();
});
