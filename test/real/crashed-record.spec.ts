import { realServices } from '../services/index.js';
import { describeCrashes } from '../support/describe-crashes.js';
import { long } from '../support/long.js';

// The broker's own bound on sessions is six seconds, and so much passes after each death before somebody else has the partitions.
describeCrashes(
  async () => ({ brokers: realServices().kafka.brokers, sessionTimeout: 6_000, stop: () => Promise.resolve() }),
  { together: long ? [1, 2] : [2], withControl: long },
);
