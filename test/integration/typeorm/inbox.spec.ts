import { sqliteKind } from '../../support/databases.js';
import { describeClaims } from '../../support/typeorm/describe-claims.js';
import { describeContract } from '../../support/typeorm/describe-contract.js';

describeContract(sqliteKind);
describeClaims(sqliteKind);
