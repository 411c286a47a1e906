import { realDatabases } from '../../support/databases.js';
import { describeCls } from '../../support/typeorm/describe-cls.js';

for (const kind of realDatabases) describeCls(kind);
