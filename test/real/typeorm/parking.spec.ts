import { realDatabases } from '../../support/databases.js';
import { describeParking } from '../../support/typeorm/describe-parking.js';

realDatabases.forEach(describeParking);
