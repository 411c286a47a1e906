import { sqliteKind } from '../../support/databases.js';
import { describeHandlers } from '../../support/typeorm/describe-handlers.js';

describeHandlers(sqliteKind);
