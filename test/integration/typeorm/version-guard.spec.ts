import { sqliteKind } from '../../support/databases.js';
import { describeVersionGuard } from '../../support/typeorm/describe-version-guard.js';

describeVersionGuard(sqliteKind);
