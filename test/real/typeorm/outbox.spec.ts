import { realDatabases } from '../../support/databases.js';
import { describeOutbox } from '../../support/outbox/describe-outbox.js';
import { describeRelays } from '../../support/outbox/describe-relays.js';

for (const kind of realDatabases) {
  describeOutbox(kind);
  describeRelays(kind);
}
