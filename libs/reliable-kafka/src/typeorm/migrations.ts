import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Dialect } from './dialect.js';
import { dialectOf, SUPPORTED } from './dialects.js';
import { tableNames } from './tables.js';
import { ReliableKafkaError } from '../contracts/index.js';

/** Creates the tables of the inbox, in whichever of the supported databases it runs. */
export class ReliableKafkaInbox1764000000000 implements MigrationInterface {
  readonly name = 'ReliableKafkaInbox1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    const { dialect, tables } = at(runner);
    for (const sql of dialect.createTables(tables)) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    const { dialect, tables } = at(runner);
    for (const sql of dialect.dropTables(tables)) await runner.query(sql);
  }
}

/** For `migrations` of a DataSource: all tables of this library. */
export const reliableKafkaMigrations = [ReliableKafkaInbox1764000000000];

function at({ manager }: QueryRunner) {
  const { connection } = manager;
  const dialect: Dialect | undefined = dialectOf(connection);
  if (!dialect)
    throw new ReliableKafkaError(
      `There are no tables for a database of type '${connection.options.type}'. Supported are ${SUPPORTED.join(', ')}`,
    );
  return { dialect, tables: tableNames(connection, dialect) };
}
