import { setTimeout as delay } from 'node:timers/promises';
import type { ConfigurationProblem } from '../contracts/index.js';
import { ReliableKafkaError } from '../contracts/index.js';
import { initialSettings, type WantedTopic } from '../durability/index.js';
import type { Asks } from './admin-link.js';
import { TOPIC_ALREADY_EXISTS } from './error-codes.js';
import { partitionsOf } from './topic-facts.js';
import { creationRefused, type TopicError } from './topic-refusals.js';

/** How often to look whether new partitions have leaders, and for how long. */
const LOOK_AGAIN = 100;
const GIVE_UP = 30_000;

export interface Creation {
  /** They exist now, with a leader for each partition. */
  readonly created: readonly string[];
  readonly refused: readonly ConfigurationProblem[];
}

/** Creates topics that do not exist; others may be doing the same. Rejects when no broker answers, or no leader is there in time. */
export async function createTopics(admin: Asks, wanted: readonly WantedTopic[]): Promise<Creation> {
  if (wanted.length === 0) return { created: [], refused: [] };
  const errors = await request(admin, wanted);
  const created = wanted.filter(({ topic }) => !errors.has(topic));
  await untilLed(admin, created);
  return {
    created: created.map(({ topic }) => topic),
    refused: wanted.filter(({ topic }) => errors.has(topic)).map((one) => creationRefused(one, errors.get(one.topic)!)),
  };
}

/** What was refused, by topic; kafkajs forgets to wait for leaders when one of several topics exists. */
async function request(admin: Asks, wanted: readonly WantedTopic[]): Promise<ReadonlyMap<string, TopicError>> {
  const topics = wanted.map((one) => ({
    topic: one.topic,
    numPartitions: one.partitions,
    replicationFactor: one.replication ?? -1,
    configEntries: Object.entries(initialSettings(one)).map(([name, value]) => ({ name, value })),
  }));
  try {
    await admin.ask((kafka) => kafka.createTopics({ topics, waitForLeaders: false }));
    return new Map();
  } catch (error) {
    const { errors } = error as { errors?: readonly TopicError[] };
    const passing = errors?.find(({ retriable }) => retriable);
    if (!errors || passing) throw passing ?? error;
    return new Map(errors.filter(({ code }) => code !== TOPIC_ALREADY_EXISTS).map((one) => [one.topic, one]));
  }
}

/** A broker that has not heard of a new topic yet says that it does not exist. */
async function untilLed(admin: Asks, created: readonly WantedTopic[]): Promise<void> {
  const names = created.map(({ topic }) => topic);
  for (const givenUpAt = performance.now() + GIVE_UP; ;) {
    const layouts = await partitionsOf(admin, names);
    const leaderless = names.filter((topic) => !layouts.get(topic)!.value);
    if (leaderless.length === 0) return;
    if (performance.now() > givenUpAt) {
      const why = leaderless.map((topic) => layouts.get(topic)!.silence!.message).join('; ');
      throw new ReliableKafkaError(`No leaders within ${GIVE_UP / 1000} s for ${leaderless.join(', ')}: ${why}`);
    }
    await delay(LOOK_AGAIN);
  }
}
