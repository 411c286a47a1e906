import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import type { Dialect } from './dialect.js';
import { dialectOf, SUPPORTED } from './dialects.js';
import { dropOutboxTables, outboxTableNames, outboxTables } from './outbox/tables.js';
import { dropParkingTables, parkingTableNames, parkingTables } from './parking/index.js';
import { tableNames } from './tables.js';
import { ReliableKafkaError } from '../contracts/index.js';

/** Creates the tables of the inbox, in whichever of the supported databases it runs. */
export class ReliableKafkaInbox1764000000000 implements MigrationInterface {
  readonly name = 'ReliableKafkaInbox1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    const { connection, dialect } = at(runner);
    for (const sql of dialect.createTables(tableNames(connection, dialect))) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    const { connection, dialect } = at(runner);
    for (const sql of dialect.dropTables(tableNames(connection, dialect))) await runner.query(sql);
  }
}

/** Creates the tables of the outbox. */
export class ReliableKafkaOutbox1764115200000 implements MigrationInterface {
  readonly name = 'ReliableKafkaOutbox1764115200000';

  async up(runner: QueryRunner): Promise<void> {
    const { connection, dialect } = at(runner);
    for (const sql of outboxTables(outboxTableNames(connection, dialect), dialect).create) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    const { connection, dialect } = at(runner);
    for (const sql of dropOutboxTables(outboxTableNames(connection, dialect))) await runner.query(sql);
  }
}

/** Creates the tables of parked keys. */
export class ReliableKafkaParking1764116000000 implements MigrationInterface {
  readonly name = 'ReliableKafkaParking1764116000000';

  async up(runner: QueryRunner): Promise<void> {
    const { connection, dialect } = at(runner);
    for (const sql of parkingTables(parkingTableNames(connection, dialect), dialect).create) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    const { connection, dialect } = at(runner);
    for (const sql of dropParkingTables(parkingTableNames(connection, dialect))) await runner.query(sql);
  }
}

/** For `migrations` of a DataSource: all tables of this library. */
export const reliableKafkaMigrations = [
  ReliableKafkaInbox1764000000000,
  ReliableKafkaOutbox1764115200000,
  ReliableKafkaParking1764116000000,
];

function at({ manager }: QueryRunner): { connection: DataSource; dialect: Dialect } {
  const { connection } = manager;
  const dialect: Dialect | undefined = dialectOf(connection);
  if (!dialect)
    throw new ReliableKafkaError(
      `There are no tables for a database of type '${connection.options.type}'. Supported are ${SUPPORTED.join(', ')}`,
    );
  return { connection, dialect };
}
