import { realDatabases } from '../../support/databases.js';
import { describeHandlers } from '../../support/typeorm/describe-handlers.js';

for (const kind of realDatabases) describeHandlers(kind);
