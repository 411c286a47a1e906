import type { ConfigurationProblem } from '../contracts/index.js';
import { initialSettings, type WantedTopic } from '../durability/index.js';

/** kafkajs's `KafkaJSCreateTopicError`, which its types do not have. */
export interface TopicError {
  readonly topic: string;
  readonly type: string;
  readonly code: number;
  readonly retriable: boolean;
  readonly message: string;
}

/** The broker's words stay with the broker: kafkajs passes on its error code only. */
export function creationRefused(wanted: WantedTopic, { type, message }: TopicError): ConfigurationProblem {
  const option = `topics['${wanted.topic}']`;
  const settings = Object.entries(initialSettings(wanted)).map(([name, value]) => `${name}=${value}`);
  const remedies: Readonly<Record<string, string>> = {
    INVALID_REPLICATION_FACTOR: `Set ${option}.replication to at most the number of brokers (it is ${wanted.replication}).`,
    INVALID_CONFIG: `Check ${option}.config for names and values that these brokers do not know: ${settings.join(', ')}.`,
    TOPIC_AUTHORIZATION_FAILED: 'Let this client create topics, or create it by hand.',
    CLUSTER_AUTHORIZATION_FAILED: 'Let this client create topics, or create it by hand.',
  };
  return {
    where: option,
    what: `the broker refuses to create it (${type}: ${message})`,
    remedy: remedies[type] ?? 'Create it by hand, or change its options.',
  };
}

export function alterationRefused(topic: string, names: readonly string[], error: unknown): ConfigurationProblem {
  return {
    where: `topics['${topic}'].config`,
    what: `the broker refuses to change ${names.join(', ')} (${String(error)})`,
    remedy: 'Check names and values, and let this client alter configs.',
  };
}
