import type { ConfigurationProblem } from '../contracts/index.js';
import { differences, silenceFindings } from '../durability/index.js';
import type { ProvisioningReport, TopicDifference, WantedTopic } from '../durability/index.js';
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
  const settings = [...new Set(wanted.flatMap((one) => Object.keys(one.settings)))];
  const facts = new Map(
    (
      await topicFacts(
        admin,
        wanted.map(({ topic }) => topic),
        settings,
      )
    ).map((one) => [one.topic, one]),
  );
  const toCreate = wanted.filter(
    ({ topic, partitions }) => facts.get(topic)!.silence?.reason === 'missing' && partitions !== undefined,
  );
  const others = wanted.filter((one) => !toCreate.includes(one));
  const { created, refused } = await createTopics(admin, toCreate);
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
