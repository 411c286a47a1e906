import { sqliteKind } from '../../support/databases.js';
import { describeOutbox } from '../../support/outbox/describe-outbox.js';

describeOutbox(sqliteKind);
