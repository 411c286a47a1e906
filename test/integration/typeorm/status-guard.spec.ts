import { sqliteKind } from '../../support/databases.js';
import { describeClaimedStatus } from '../../support/typeorm/describe-claimed-status.js';
import { describeStatusGuard } from '../../support/typeorm/describe-status-guard.js';

describeStatusGuard(sqliteKind);
describeClaimedStatus(sqliteKind);
