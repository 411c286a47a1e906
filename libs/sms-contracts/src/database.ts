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

class ClaimSmsRecord1764028800000 implements MigrationInterface {
  readonly name = 'ClaimSmsRecord1764028800000';

  /** The index is for those that are on their way only, which are few: it finds the ones that are stuck. */
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE sms_record
        ADD COLUMN claim_owner text,
        ADD COLUMN claim_fence integer NOT NULL DEFAULT 0,
        ADD COLUMN claim_until timestamptz,
        DROP COLUMN attempts`);
    await runner.query('CREATE INDEX sms_record_on_its_way ON sms_record (created_at) WHERE status IN (0, 1)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX sms_record_on_its_way');
    await runner.query(`
      ALTER TABLE sms_record
        DROP COLUMN claim_owner,
        DROP COLUMN claim_fence,
        DROP COLUMN claim_until,
        ADD COLUMN attempts integer NOT NULL DEFAULT 0`);
  }
}

/** For `TypeOrmModule.forRoot`. `connections` bounds the pool; PostgreSQL that cannot be reached fails after 5 s instead of hanging. */
export function databaseOptions(url: string, connections: number) {
  return {
    type: 'postgres',
    url,
    entities: [SmsRecord],
    migrations: [CreateSmsRecord1763942400000, ClaimSmsRecord1764028800000],
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
