import { sqliteKind } from '../../support/databases.js';
import { describeCls } from '../../support/typeorm/describe-cls.js';

describeCls(sqliteKind);
