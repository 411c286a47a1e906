import { sqliteKind } from '../../support/databases.js';
import { describeOutsideUse } from '../../support/typeorm/describe-outside-use.js';
import { describeTransactions } from '../../support/typeorm/describe-transactions.js';

describeTransactions(sqliteKind);
describeOutsideUse(sqliteKind);
