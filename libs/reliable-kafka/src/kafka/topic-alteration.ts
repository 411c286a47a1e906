import type { Admin } from 'kafkajs';
import type { ConfigurationProblem } from '../contracts/index.js';
import type { TopicDifference } from '../durability/index.js';
import type { Asks } from './admin-link.js';
import { isRefusal } from './error-codes.js';
import { TOPIC, aim } from './topic-facts.js';
import { alterationRefused } from './topic-refusals.js';

/** `ConfigSource.TOPIC_CONFIG`: set on the topic itself. */
const SET_ON_TOPIC = 1;

/**
 * Changes settings of one topic; answers what the broker refuses. kafkajs only has the request that replaces all settings of a topic, so those that
 * are to stay are read and sent again: what somebody else sets between the two is undone.
 */
export async function alterSettings(
  admin: Asks,
  topic: string,
  changes: readonly TopicDifference[],
): Promise<ConfigurationProblem | undefined> {
  try {
    await admin.ask(async (kafka) => {
      const settings = new Map([
        ...(await settingsOnTopic(kafka, topic)),
        ...changes.map(({ what, wanted }) => [what, wanted] as const),
      ]);
      const configEntries = [...settings].map(([name, value]) => ({ name, value }));
      await kafka.alterConfigs({ validateOnly: false, resources: [{ type: TOPIC, name: topic, configEntries }] });
    });
    return undefined;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return alterationRefused(
      topic,
      changes.map(({ what }) => what),
      error,
    );
  }
}

async function settingsOnTopic(admin: Admin, topic: string): Promise<ReadonlyMap<string, string>> {
  await aim(admin, topic);
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: TOPIC, name: topic }],
  });
  const entries = resources[0]!.configEntries.filter(({ configSource }) => configSource === SET_ON_TOPIC);
  return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
}
