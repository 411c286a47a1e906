import type { Dialect, DialectName } from '../../dialect.js';
import { mysql } from './mysql.js';
import type { OutboxSql } from './outbox-sql.js';
import { postgres } from './postgres.js';
import { sqlite } from './sqlite.js';

export type { OutboxSql, RecordRow } from './outbox-sql.js';

const BY_DIALECT: Readonly<Record<DialectName, OutboxSql>> = { postgres, mysql, sqlite };

export function outboxSqlOf({ name }: Dialect): OutboxSql {
  return BY_DIALECT[name];
}
