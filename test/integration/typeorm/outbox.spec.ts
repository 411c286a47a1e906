import { sqliteKind } from '../../support/databases.js';
import { describeOutbox } from '../../support/outbox/describe-outbox.js';
import { describeRelays } from '../../support/outbox/describe-relays.js';

describeOutbox(sqliteKind);
describeRelays(sqliteKind);
