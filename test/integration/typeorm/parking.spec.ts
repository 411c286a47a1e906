import { sqliteKind } from '../../support/databases.js';
import { describeParking } from '../../support/typeorm/describe-parking.js';

describeParking(sqliteKind);
