import { sqliteKind } from '../../support/databases.js';
import { describeContract } from '../../support/typeorm/describe-contract.js';

describeContract(sqliteKind);
