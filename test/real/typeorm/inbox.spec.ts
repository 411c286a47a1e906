import { realDatabases } from '../../support/databases.js';
import { describeContract } from '../../support/typeorm/describe-contract.js';

for (const kind of realDatabases) describeContract(kind);
