import type { Log } from '../contracts/index.js';

/** kafkajs logs what a broker refuses, although it throws it, too: whoever asked tells it, once and in his own words. */
const ANSWER = /^kafkajs Connection: Response (Metadata|DescribeConfigs|CreateTopics|AlterConfigs)\(/;

export function withoutAnswers(log: Log): Log {
  return {
    log: (message) => log.log(message),
    error: (message) => log.error(message),
    debug: (message) => log.debug?.(message),
    warn: (message) => {
      if (!ANSWER.test(message)) log.warn(message);
    },
  };
}
