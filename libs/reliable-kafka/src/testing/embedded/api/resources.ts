import type { Broker } from '../broker.js';
import type { Topic } from '../log/index.js';
import { TopicConfigs } from '../log/index.js';
import { errors } from '../wire/index.js';
import type { Context } from './define.js';
import { done, failed, type Outcome } from './outcome.js';

/** Kinds of things that have settings. */
export const TOPIC = 2;
export const BROKER = 4;

/** The empty name stands for the defaults of all brokers. */
export function isThisBroker(name: string, broker: Broker): boolean {
  return name === '' || name === String(broker.nodeId);
}

type Change = (topic: Topic) => ReadonlyMap<string, string | null>;

/** Gives a topic the settings that `change` makes of its present ones. Those of a broker cannot be changed here. */
export function alterTopic(
  { resourceType, resourceName }: { resourceType: number; resourceName: string },
  { broker, fault }: Context,
  validateOnly: boolean,
  change: Change,
): Outcome {
  if (fault !== undefined) return failed(fault);
  if (resourceType !== TOPIC) return failed(errors.INVALID_REQUEST, 'Only topics have settings that can be changed.');
  const topic = broker.topics.get(resourceName);
  if (!topic) return failed(errors.UNKNOWN_TOPIC_OR_PARTITION, `The topic '${resourceName}' does not exist.`);
  const wanted = change(topic);
  for (const [name, value] of wanted) {
    const objection = TopicConfigs.objection(name, value);
    if (objection) return failed(errors.INVALID_CONFIG, objection);
  }
  if (!validateOnly) topic.configs.replace(wanted as ReadonlyMap<string, string>);
  return done;
}
