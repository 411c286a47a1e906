import { describeAdministration } from './administration.js';
import { describeKafkajs } from './kafkajs.js';
import { describeKafkajsAdmin } from './kafkajs-admin.js';
import { describeCommits } from './commits.js';
import type { Subject } from './cluster.js';
import { describeGroups } from './groups.js';
import { describeIdempotence } from './idempotence.js';
import { describeKcat } from './kcat.js';
import { describeProduce } from './produce.js';
import { describeProtocol } from './protocol.js';
import { describeReading } from './reading.js';
import { describeTransactions } from './transactions.js';

/** What is expected of a Kafka. `connect` is asked when the tests run, not when they are declared. */
export function describeKafka(name: string, connect: () => Subject): void {
  describe(name, () => {
    describeProtocol(connect);
    describeAdministration(connect);
    describeProduce(connect);
    describeIdempotence(connect);
    describeReading(connect);
    describeGroups(connect);
    describeCommits(connect);
    describeTransactions(connect);
    describeKafkajs(connect);
    describeKafkajsAdmin(connect);
    describeKcat(connect);
  });
}
