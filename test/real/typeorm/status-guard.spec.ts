import { realDatabases } from '../../support/databases.js';
import { describeClaimedStatus } from '../../support/typeorm/describe-claimed-status.js';
import { describeStatusGuard } from '../../support/typeorm/describe-status-guard.js';

for (const kind of realDatabases) {
  describeStatusGuard(kind);
  describeClaimedStatus(kind);
}
