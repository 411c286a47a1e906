import { realDatabases } from '../../support/databases.js';
import { describeGuardedHandlers } from '../../support/typeorm/describe-guarded-handlers.js';

for (const kind of realDatabases) describeGuardedHandlers(kind);
