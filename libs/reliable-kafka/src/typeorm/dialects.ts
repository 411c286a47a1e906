import type { DataSource } from 'typeorm';
import type { Dialect } from './dialect.js';
import { mysql } from './mysql.js';
import { postgres } from './postgres.js';
import { sqlite } from './sqlite.js';

const DIALECTS: Readonly<Record<string, Dialect>> = { postgres, mysql, mariadb: mysql, 'better-sqlite3': sqlite };

/** The `type` of the DataSources that are supported. */
export const SUPPORTED = Object.keys(DIALECTS);

export function dialectOf({ options }: Pick<DataSource, 'options'>): Dialect | undefined {
  return DIALECTS[options.type];
}
