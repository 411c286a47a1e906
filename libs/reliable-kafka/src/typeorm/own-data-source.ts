import type { DataSource, DataSourceOptions } from 'typeorm';

interface Building {
  buildMetadatas(): Promise<void>;
}

/**
 * A DataSource of our own to the database of the application's, with some options of its own. It changes no schema. Both have the same entities:
 * active records stay with the application, and its subscribers see what is done here.
 */
export async function openOwnDataSource(application: DataSource, options: object): Promise<DataSource> {
  const own = new (application.constructor as new (options: DataSourceOptions) => DataSource)({
    ...application.options,
    ...options,
    synchronize: false,
    dropSchema: false,
    migrationsRun: false,
    cache: false,
  } as DataSourceOptions);
  const build = (own as unknown as Building).buildMetadatas.bind(own);
  // TypeORM goes on talking to the database after this, and the application meanwhile may be running.
  const buildMetadatas = async () => {
    await build();
    for (const { target } of application.entityMetadatas)
      (target as { useDataSource?(dataSource: DataSource): void }).useDataSource?.(application);
    Object.assign(own, { subscribers: application.subscribers });
  };
  Object.assign(own, { buildMetadatas });
  return own.initialize();
}
