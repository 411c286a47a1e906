import { realDatabases } from '../../support/databases.js';
import { describeOutsideUse } from '../../support/typeorm/describe-outside-use.js';
import { describePooled } from '../../support/typeorm/describe-pooled.js';
import { describeTransactions } from '../../support/typeorm/describe-transactions.js';

for (const kind of realDatabases) {
  describeTransactions(kind);
  describeOutsideUse(kind);
  describePooled(kind);
}
