import { realDatabases } from '../../support/databases.js';
import { describeOutbox } from '../../support/outbox/describe-outbox.js';

for (const kind of realDatabases) describeOutbox(kind);
