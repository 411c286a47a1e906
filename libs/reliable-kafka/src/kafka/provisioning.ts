import type { ConfigurationProblem } from '../contracts/index.js';
import { differences, silenceFindings } from '../durability/index.js';
import type { ProvisioningReport, TopicDifference, TopicFacts, WantedTopic } from '../durability/index.js';
import type { Asks } from './admin-link.js';
import { byTopic } from './by-topic.js';
import { alterSettings } from './topic-alteration.js';
import { createTopics } from './topic-creation.js';
import { topicFacts } from './topic-facts.js';

export interface Provisioned extends ProvisioningReport {
  /** What the brokers would not do. */
  readonly refused: readonly ConfigurationProblem[];
}

/**
 * Creates what is missing and compares the rest with what is wanted; with `alter`, settings that differ are changed. Rejects when no broker answers:
 * doing it again goes on where it ended.
 */
export async function provision(admin: Asks, wanted: readonly WantedTopic[], alter = false): Promise<Provisioned> {
  const facts = await factsOf(admin, wanted);
  const isToBeCreated = ({ topic, partitions }: WantedTopic) =>
    partitions !== undefined && facts.get(topic)!.silence?.reason === 'missing';
  const others = wanted.filter((one) => !isToBeCreated(one));
  const { created, refused } = await createTopics(admin, wanted.filter(isToBeCreated));
  const differing = others.flatMap((one) => differences(one, facts.get(one.topic)!));
  const changed = await change(admin, alter ? differing.filter(isSetting) : []);
  return {
    created,
    altered: changed.altered,
    differences: differing.filter((one) => !changed.altered.includes(one)),
    skipped: others.flatMap(({ topic }) => silenceFindings(facts.get(topic)!)),
    refused: [...refused, ...changed.refused],
  };
}

async function factsOf(admin: Asks, wanted: readonly WantedTopic[]): Promise<ReadonlyMap<string, TopicFacts>> {
  const topics = wanted.map(({ topic }) => topic);
  const settings = new Set(wanted.flatMap((one) => Object.keys(one.settings)));
  const facts = await topicFacts(admin, topics, [...settings]);
  return new Map(facts.map((one) => [one.topic, one]));
}

async function change(admin: Asks, changes: readonly TopicDifference[]) {
  const altered: TopicDifference[] = [];
  const refused: ConfigurationProblem[] = [];
  for (const [topic, own] of byTopic(changes)) {
    const problem = await alterSettings(admin, topic, own);
    if (problem) refused.push(problem);
    else altered.push(...own);
  }
  return { altered, refused };
}

/** Partitions and replicas are not for `alterConfigs`. */
function isSetting({ what }: TopicDifference): boolean {
  return what !== 'partitions' && what !== 'replication';
}
