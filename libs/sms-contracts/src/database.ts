import { DataSource, type DataSourceOptions, type MigrationInterface, type QueryRunner } from 'typeorm';
import { SmsRecord } from './sms-record.js';

class CreateSmsRecord1763942400000 implements MigrationInterface {
  readonly name = 'CreateSmsRecord1763942400000';

  /** `fillfactor` leaves room in each page: the status changes three times, and no index has to follow. */
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE sms_record (
        id          uuid        PRIMARY KEY,
        client      text        NOT NULL,
        user_id     text        NOT NULL,
        "to"        text        NOT NULL,
        text        text        NOT NULL,
        parts       smallint    NOT NULL,
        status      smallint    NOT NULL DEFAULT 0 CHECK (status BETWEEN 0 AND 5),
        attempts    integer     NOT NULL DEFAULT 0,
        operator_id text,
        failure     text,
        created_at  timestamptz NOT NULL DEFAULT now(),
        updated_at  timestamptz NOT NULL DEFAULT now()
      ) WITH (fillfactor = 70)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE sms_record');
  }
}

/** For `TypeOrmModule.forRoot`. `connections` bounds the pool; PostgreSQL that cannot be reached fails after 5 s instead of hanging. */
export function databaseOptions(url: string, connections: number) {
  return {
    type: 'postgres',
    url,
    entities: [SmsRecord],
    migrations: [CreateSmsRecord1763942400000],
    poolSize: connections,
    connectTimeoutMS: 5_000,
  } as const satisfies DataSourceOptions;
}

/** Brings the tables up to date. Run it before the services start, once. */
export async function migrate(url: string): Promise<void> {
  const database = await new DataSource(databaseOptions(url, 1)).initialize();
  try {
    await database.runMigrations();
  } finally {
    await database.destroy();
  }
}
