import type { Dialect } from './dialect.js';

/** The database's clock, in the type of the column that holds the end of a lease: no clock of a process decides whether a lease is over. */
export interface RowClock {
  /** SQL: the time `ms` milliseconds from now. */
  in(ms: number): string;
  /** SQL: milliseconds from now until the time in a column. */
  until(column: string): string;
}

/**
 * For a column that counts milliseconds since 1970, or one of date and time. Types that know no time zone hold UTC: a local time is there twice in
 * the hour in which the clocks are put back. `undefined`: the type cannot hold the end of a lease to the millisecond.
 */
export function rowClock(dialect: Dialect['name'], type: string, precision?: number | null): RowClock | undefined {
  switch (dialect) {
    case 'postgres':
      return POSTGRES[type];
    case 'mysql':
      return type === 'datetime' && (precision ?? 0) < 3 ? undefined : MYSQL[type];
    case 'sqlite':
      return SQLITE[type];
  }
}

const POSTGRES: Record<string, RowClock | undefined> = {
  bigint: counted('CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS bigint)'),
  'timestamp with time zone': postgres('clock_timestamp()'),
  'timestamp without time zone': postgres("(clock_timestamp() AT TIME ZONE 'UTC')"),
};

const MYSQL: Record<string, RowClock | undefined> = {
  bigint: counted("(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) DIV 1000)"),
  datetime: {
    in: (ms) => `(UTC_TIMESTAMP(6) + INTERVAL ${Math.round(ms * 1000)} MICROSECOND)`,
    until: (column) => `(TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), ${column}) / 1000)`,
  },
};

const SQLITE_MS = "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)";

const SQLITE: Record<string, RowClock | undefined> = {
  bigint: counted(SQLITE_MS),
  integer: counted(SQLITE_MS),
  datetime: {
    in: (ms) => `strftime('%Y-%m-%d %H:%M:%f', 'now', '${ms / 1000} seconds')`,
    until: (column) => `((julianday(${column}) - julianday('now')) * 86400000)`,
  },
};

function counted(now: string): RowClock {
  return { in: (ms) => `(${now} + ${Math.round(ms)})`, until: (column) => `(${column} - ${now})` };
}

function postgres(now: string): RowClock {
  return {
    in: (ms) => `(${now} + INTERVAL '${ms} milliseconds')`,
    until: (column) => `(EXTRACT(EPOCH FROM (${column} - ${now})) * 1000)`,
  };
}
