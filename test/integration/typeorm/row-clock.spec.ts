import { sqliteKind } from '../../support/databases.js';
import { describeRowClock } from '../../support/typeorm/describe-row-clock.js';

describeRowClock(sqliteKind, [], [['integer'], ['bigint'], ['datetime']]);
