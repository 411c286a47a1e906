import { describeCommits } from './commits.js';
import type { Subject } from './cluster.js';
import { describeGroups } from './groups.js';

/** What is expected of a Kafka. `connect` is asked when the tests run, not when they are declared. */
export function describeKafka(name: string, connect: () => Subject): void {
  describe(name, () => {
    describeGroups(connect);
    describeCommits(connect);
  });
}
