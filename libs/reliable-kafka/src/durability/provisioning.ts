import type { ConfigurationProblem } from '../contracts/index.js';
import { ReliableKafkaError } from '../contracts/index.js';
import type { TopicDifference } from './wanted-topic.js';

/** What became of the topics of the option `topics`. */
export interface ProvisioningReport {
  /** Did not exist, and were created. All of their partitions have leaders. */
  readonly created: readonly string[];
  /** Settings of topics that existed, changed because that was asked for. */
  readonly altered: readonly TopicDifference[];
  /** Topics that exist and are not as they are wanted: they were left as they are. */
  readonly differences: readonly TopicDifference[];
  /** What could be neither created nor compared, and why: a topic that is missing and has no `partitions`, or of which the brokers do not tell. */
  readonly skipped: readonly ConfigurationProblem[];
}

/** The brokers refused to create topics, or to change them. What else was to be done, was done: see `report`. */
export class ProvisioningError extends ReliableKafkaError {
  override readonly name = 'ProvisioningError';
  constructor(
    readonly problems: readonly ConfigurationProblem[],
    readonly report: ProvisioningReport,
  ) {
    super(
      'Topics are not as the option `topics` wants them:\n' +
        problems.map(({ where, what, remedy }) => `  - ${where}: ${what}. ${remedy}`).join('\n'),
    );
  }
}

/** One line for each topic that is not as it is wanted. */
export function toldDifferences(differences: readonly TopicDifference[]): string[] {
  const topics = [...new Set(differences.map(({ topic }) => topic))];
  return topics.map((topic) => {
    const own = differences.filter((one) => one.topic === topic);
    const list = own.map(
      ({ what, wanted, actual = 'unknown to the broker' }) => `${what} ${actual} instead of ${wanted}`,
    );
    return `topic ${topic} is not as the option 'topics' wants it, and was left alone: ${list.join('; ')}`;
  });
}
