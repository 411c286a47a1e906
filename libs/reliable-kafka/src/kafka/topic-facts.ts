import type { Admin } from 'kafkajs';
import type { PartitionFacts, Silence, TopicFacts, TopicSettings } from '../durability/index.js';
import type { Asks } from './admin-link.js';
import { LEADER_NOT_AVAILABLE, UNKNOWN_TOPIC_OR_PARTITION, errorCodeOf, isRefusal } from './error-codes.js';

/** `ConfigResourceTypes.TOPIC`, which Node does not find among the names of kafkajs when it is imported as an ES module. */
export const TOPIC = 2;

/** What the brokers tell of topics: one request for all of them about their replicas, and one about these settings, if there are any. */
export async function topicFacts(
  admin: Asks,
  topics: readonly string[],
  settings: readonly string[],
): Promise<TopicFacts[]> {
  const layouts = await partitionsOf(admin, topics);
  const known = settings.length === 0 ? [] : topics.filter((topic) => layouts.get(topic)!.value);
  const configs = await answers(known, (some) => admin.ask((kafka) => describe(kafka, some, settings)));
  return topics.map((topic) => {
    const [layout, config] = [layouts.get(topic)!, configs.get(topic)];
    return { topic, partitions: layout.value, settings: config?.value, silence: layout.silence ?? config?.silence };
  });
}

/** What was asked about a topic, or why there is no answer. */
export interface Answer<T> {
  readonly value?: T;
  readonly silence?: Silence;
}

export function partitionsOf(
  admin: Asks,
  topics: readonly string[],
): Promise<ReadonlyMap<string, Answer<readonly PartitionFacts[]>>> {
  return answers(topics, (some) => admin.ask((kafka) => list(kafka, some)));
}

/**
 * kafkajs gives the first error that it finds in an answer, and does not say of which topic: then each half of the topics is asked about alone.
 * Rejects when nobody answers.
 */
async function answers<T>(
  topics: readonly string[],
  ask: (topics: readonly string[]) => Promise<ReadonlyMap<string, T>>,
): Promise<ReadonlyMap<string, Answer<T>>> {
  if (topics.length === 0) return new Map();
  try {
    return new Map([...(await ask(topics))].map(([topic, value]) => [topic, { value }]));
  } catch (error) {
    const silence = silenceOf(error);
    if (!silence) throw error;
    if (topics.length === 1) return new Map([[topics[0]!, { silence }]]);
    const half = topics.length >> 1;
    return new Map([...(await answers(topics.slice(0, half), ask)), ...(await answers(topics.slice(half), ask))]);
  }
}

function silenceOf(error: unknown): Silence | undefined {
  const code = errorCodeOf(error);
  const message = String(error);
  if (code === UNKNOWN_TOPIC_OR_PARTITION) return { reason: 'missing', message };
  if (code === LEADER_NOT_AVAILABLE) return { reason: 'leaderless', message };
  return isRefusal(error) ? { reason: 'refused', message } : undefined;
}

async function list(admin: Admin, names: readonly string[]): Promise<ReadonlyMap<string, readonly PartitionFacts[]>> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
  return new Map(
    topics.map(({ name, partitions }) => [
      name,
      partitions.map(({ partitionId, replicas, isr }) => ({ partition: partitionId, replicas, inSync: isr })),
    ]),
  );
}

async function describe(
  admin: Admin,
  names: readonly string[],
  settings: readonly string[],
): Promise<ReadonlyMap<string, TopicSettings>> {
  await aim(admin, names[0]!);
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({ type: TOPIC, name, configNames: [...settings] })),
  });
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
}

/**
 * Before it describes or alters configs kafkajs reads the metadata of the topics whose offsets it was ever asked for, or of all topics of the
 * cluster: and then it fails when any one of them, of whomever, has no leader.
 */
export async function aim(admin: Admin, topic: string): Promise<void> {
  await admin.fetchTopicOffsets(topic);
}
