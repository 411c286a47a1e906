import { sqliteKind } from '../../support/databases.js';
import { describeGuardedHandlers } from '../../support/typeorm/describe-guarded-handlers.js';

describeGuardedHandlers(sqliteKind);
