import { mariadbKind, postgresKind } from '../../support/databases.js';
import { describeRowClock } from '../../support/typeorm/describe-row-clock.js';

describeRowClock(
  postgresKind,
  ["SET TIME ZONE 'Asia/Tokyo'", "SET TIME ZONE 'America/Lima'"],
  [['bigint'], ['timestamp with time zone'], ['timestamp without time zone']],
);
describeRowClock(
  mariadbKind,
  ["SET time_zone = '+09:00'", "SET time_zone = '-05:00'"],
  [['bigint'], ['datetime', 'DATETIME(3)']],
);
