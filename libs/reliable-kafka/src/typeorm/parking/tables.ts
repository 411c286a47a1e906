import type { DataSource } from 'typeorm';
import type { Dialect, DialectName } from '../dialect.js';
import type { Tables } from '../tables.js';
import { tableNaming } from '../tables.js';

/** Quoted, with their schema where there is one. */
export interface ParkingTableNames {
  /** What is locked by every transition, and who owns it. */
  readonly partitions: string;
  /** Keys that are parked. */
  readonly keys: string;
  /** Their records, and those that are done with and may come again. */
  readonly records: string;
}

export function parkingTableNames(dataSource: Pick<DataSource, 'options'>, dialect: Dialect): ParkingTableNames {
  const named = tableNaming(dataSource, dialect);
  return {
    partitions: named('reliable_kafka_parking_partitions'),
    keys: named('reliable_kafka_parked_keys'),
    records: named('reliable_kafka_parked_records'),
  };
}

export function parkingTables(names: ParkingTableNames, { name }: Dialect): Tables {
  const { partitions, keys, records } = names;
  return {
    probes: [
      `SELECT id, group_id, topic, topic_partition, epoch FROM ${partitions} WHERE 1 = 0`,
      `SELECT partition_id, handler, key_id, ordering_key, due, held, rounds, unclean, reason FROM ${keys} WHERE 1 = 0`,
      `SELECT partition_id, handler, record_offset, record_time, replay_id, key_id, attempts, dead, forget_at, record_key, record_value, record_headers
       FROM ${records} WHERE 1 = 0`,
    ],
    create: CREATE[name](names),
  };
}

export function dropParkingTables({ partitions, keys, records }: ParkingTableNames): readonly string[] {
  return [records, keys, partitions].map((table) => `DROP TABLE ${table}`);
}

const CREATE: Readonly<Record<DialectName, (names: ParkingTableNames) => readonly string[]>> = {
  // At once, so all of it or nothing: IF NOT EXISTS fails when two processes create one thing at a time, and then the other one has it all.
  postgres: ({ partitions, keys, records }) => [
    `CREATE TABLE IF NOT EXISTS ${partitions} (
       id bytea PRIMARY KEY, group_id text NOT NULL, topic text NOT NULL, topic_partition integer NOT NULL, epoch bigint NOT NULL);
     CREATE TABLE IF NOT EXISTS ${keys} (
       partition_id bytea NOT NULL, handler text NOT NULL, key_id bytea NOT NULL, ordering_key text NOT NULL, due timestamptz, held bigint,
       rounds integer NOT NULL, unclean smallint NOT NULL, reason text NOT NULL, PRIMARY KEY (partition_id, handler, key_id));
     CREATE INDEX IF NOT EXISTS reliable_kafka_parked_keys_due ON ${keys} (partition_id, due);
     CREATE TABLE IF NOT EXISTS ${records} (
       partition_id bytea NOT NULL, handler text NOT NULL, record_offset bigint NOT NULL, record_time bigint NOT NULL, replay_id text NOT NULL,
       key_id bytea NOT NULL, attempts integer NOT NULL, dead smallint NOT NULL, forget_at timestamptz, record_key bytea, record_value bytea, record_headers bytea NOT NULL,
       PRIMARY KEY (partition_id, handler, record_offset, record_time, replay_id));
     CREATE INDEX IF NOT EXISTS reliable_kafka_parked_records_key ON ${records} (partition_id, handler, key_id, record_offset);
     CREATE INDEX IF NOT EXISTS reliable_kafka_parked_records_done ON ${records} (partition_id, forget_at)`,
  ],
  mysql: ({ partitions, keys, records }) => [
    `CREATE TABLE IF NOT EXISTS ${partitions} (
      id BINARY(32) PRIMARY KEY, group_id VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL, topic VARCHAR(255) NOT NULL, topic_partition INT NOT NULL,
      epoch BIGINT NOT NULL) ENGINE = InnoDB`,
    `CREATE TABLE IF NOT EXISTS ${keys} (
      partition_id BINARY(32) NOT NULL, handler VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, key_id BINARY(32) NOT NULL,
      ordering_key MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL, due DATETIME(3), held BIGINT, rounds INT NOT NULL, unclean TINYINT NOT NULL,
      reason TEXT CHARACTER SET utf8mb4 NOT NULL, PRIMARY KEY (partition_id, handler, key_id),
      INDEX reliable_kafka_parked_keys_due (partition_id, due)) ENGINE = InnoDB`,
    `CREATE TABLE IF NOT EXISTS ${records} (
      partition_id BINARY(32) NOT NULL, handler VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, record_offset BIGINT NOT NULL,
      record_time BIGINT NOT NULL, replay_id VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, key_id BINARY(32) NOT NULL,
      attempts INT NOT NULL, dead TINYINT NOT NULL, forget_at DATETIME(3), record_key LONGBLOB, record_value LONGBLOB, record_headers LONGBLOB NOT NULL,
      PRIMARY KEY (partition_id, handler, record_offset, record_time, replay_id),
      INDEX reliable_kafka_parked_records_key (partition_id, handler, key_id, record_offset),
      INDEX reliable_kafka_parked_records_done (partition_id, forget_at)) ENGINE = InnoDB`,
  ],
  sqlite: ({ partitions, keys, records }) => [
    `CREATE TABLE IF NOT EXISTS ${partitions} (
      id BLOB PRIMARY KEY, group_id TEXT NOT NULL, topic TEXT NOT NULL, topic_partition INTEGER NOT NULL, epoch INTEGER NOT NULL) WITHOUT ROWID`,
    `CREATE TABLE IF NOT EXISTS ${keys} (
      partition_id BLOB NOT NULL, handler TEXT NOT NULL, key_id BLOB NOT NULL, ordering_key TEXT NOT NULL, due TEXT, held INTEGER,
      rounds INTEGER NOT NULL, unclean INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (partition_id, handler, key_id)) WITHOUT ROWID`,
    `CREATE INDEX IF NOT EXISTS reliable_kafka_parked_keys_due ON ${keys} (partition_id, due)`,
    `CREATE TABLE IF NOT EXISTS ${records} (
      partition_id BLOB NOT NULL, handler TEXT NOT NULL, record_offset INTEGER NOT NULL, record_time INTEGER NOT NULL, replay_id TEXT NOT NULL,
      key_id BLOB NOT NULL, attempts INTEGER NOT NULL, dead INTEGER NOT NULL, forget_at TEXT, record_key BLOB, record_value BLOB, record_headers BLOB NOT NULL,
      PRIMARY KEY (partition_id, handler, record_offset, record_time, replay_id))`,
    `CREATE INDEX IF NOT EXISTS reliable_kafka_parked_records_key ON ${records} (partition_id, handler, key_id, record_offset)`,
    `CREATE INDEX IF NOT EXISTS reliable_kafka_parked_records_done ON ${records} (partition_id, forget_at)`,
  ],
};
