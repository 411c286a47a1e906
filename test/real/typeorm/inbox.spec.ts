import { realDatabases } from '../../support/databases.js';
import { describeClaims } from '../../support/typeorm/describe-claims.js';
import { describeContract } from '../../support/typeorm/describe-contract.js';

for (const kind of realDatabases) {
  describeContract(kind);
  describeClaims(kind);
}
