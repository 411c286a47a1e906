import type { ConsumerCondition } from './condition.js';
import type { Finding } from './finding.js';
import type { Crash } from './memory.js';

/**
 * What is wrong with our place in the group: one thing at a time, since the others follow from it. `patience`: milliseconds that a start or a rebalance may
 * take.
 */
export function membershipFinding(
  { state, hasLease }: Pick<ConsumerCondition, 'state' | 'hasLease'>,
  crash: Crash | undefined,
  patience: number,
): Finding | undefined {
  switch (state) {
    case 'absent':
      return undefined;
    case 'not-started':
      return {
        code: 'not-started',
        status: 'red',
        message:
          'Nothing is consumed: the consumer has not started. Connect the ReliableKafkaServer, and call startAllMicroservices() and app.listen()',
      };
    case 'stopped':
      return {
        code: 'stopped',
        status: 'red',
        message: 'Nothing is consumed: the consumer was stopped, or its start was refused',
      };
    default:
      if (crash) return crashFinding(crash);
  }
  if (state === 'starting')
    return {
      code: 'starting',
      status: 'yellow',
      redAfter: patience,
      message:
        'No partitions are assigned yet. When that lasts, look whether the brokers can be reached; the log says what is waited for',
    };
  if (state === 'draining')
    return {
      code: 'rebalancing',
      status: 'red',
      after: patience,
      message:
        'Nothing is consumed: the group has not settled for longer than a rebalance may take. Look for a member that does not come back from its handlers, and whether the brokers can be reached',
    };
  if (!hasLease)
    return {
      code: 'lease-lost',
      status: 'red',
      message:
        'No record starts: no broker has acknowledged a heartbeat for the session timeout, so that another process may have the partitions. Look whether the brokers can be reached, and whether the event loop is blocked',
    };
  return undefined;
}

function crashFinding({ since, restarting }: Crash): Finding {
  return restarting
    ? {
        code: 'crashed',
        status: 'red',
        since,
        message:
          'Nothing is consumed: the Kafka client failed, and is started again until it works. The log says why; mostly the brokers cannot be reached',
      }
    : {
        code: 'given-up',
        status: 'red',
        since,
        message:
          'Nothing is consumed, and that stays so: the Kafka client failed, and restartOnFailure of your options forbade a restart. Restart the process',
      };
}
