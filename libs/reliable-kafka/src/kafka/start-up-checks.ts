import type { ConfigurationProblem } from '../contracts/index.js';
import type { StoredOffset } from './group-offsets.js';
import type { KafkaJsOptions } from './source-options.js';

/** What is wrong with the options by themselves. */
export function optionProblems(consumer: KafkaJsOptions, drainTimeout: number): ConfigurationProblem[] {
  const { groupId, sessionTimeout, rebalanceTimeout, heartbeatInterval, maxWaitTimeInMs } = consumer;
  const problems: ConfigurationProblem[] = [];
  if (!groupId) problems.push({ where: 'consumer.groupId', what: 'it is empty', remedy: 'Name the consumer group.' });
  if ('maxInFlightRequests' in consumer) {
    problems.push({
      where: 'consumer.maxInFlightRequests',
      what: 'with a bound the commits of a drain would queue behind the held JoinGroup and fail',
      remedy: 'Leave it out.',
    });
  }
  const beside = heartbeatInterval + 2 * maxWaitTimeInMs;
  if (drainTimeout + beside >= rebalanceTimeout) {
    problems.push({
      where: 'consumer.rebalanceTimeout',
      what:
        `the group goes on without this member after ${rebalanceTimeout} ms, but a drain can take ${drainTimeout + beside} ms ` +
        `(drainTimeout ${drainTimeout} + heartbeatInterval ${heartbeatInterval} + 2 x maxWaitTimeInMs ${maxWaitTimeInMs})`,
      remedy: `Set it above ${drainTimeout + beside}, or drainTimeout below ${rebalanceTimeout - beside}.`,
    });
  }
  if (heartbeatInterval >= sessionTimeout) {
    problems.push({
      where: 'consumer.heartbeatInterval',
      what: `${heartbeatInterval} ms is not below the sessionTimeout of ${sessionTimeout} ms`,
      remedy: 'Set it to a third of the sessionTimeout.',
    });
  }
  return problems;
}

export function missingTopic(topic: string): ConfigurationProblem {
  return {
    where: `topic ${topic}`,
    what: 'it does not exist',
    remedy: `Create it, or set topics['${topic}'].partitions to have it created.`,
  };
}

/** Nest's ServerKafka appends `-server` to the group: after a swap the group would start anew, beside the backlog of the old one. */
export function adoptionTrap(groupId: string): ConfigurationProblem {
  return {
    where: 'consumer.groupId',
    what: `group '${groupId}' has no commits for these topics, but '${groupId}-server' has: the name that Nest's ServerKafka makes of it`,
    remedy: `Set groupId: '${groupId}-server' to go on with that group, or adopt: true to copy its offsets.`,
  };
}

export function hasCommits(stored: ReadonlyMap<string, StoredOffset>): boolean {
  return [...stored.values()].some(({ offset }) => offset >= 0n);
}
