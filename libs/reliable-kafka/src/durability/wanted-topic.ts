import type { TopicConfig, TopicOptions } from '../contracts/index.js';
import { replicationOf } from './facts.js';
import type { TopicFacts, TopicSettings } from './facts.js';

/** A topic as the option `topics` wants it. */
export interface WantedTopic {
  readonly topic: string;
  /** Absent: it is not created here. */
  readonly partitions?: number;
  /** Absent: the brokers' default. */
  readonly replication?: number;
  readonly settings: TopicSettings;
}

/** Where a topic that exists is not as it is wanted. */
export interface TopicDifference {
  readonly topic: string;
  /** `partitions`, `replication`, or the name of a setting. */
  readonly what: string;
  readonly wanted: string;
  /** Absent when the broker does not know such a setting. */
  readonly actual?: string;
}

/** With three replicas one broker may be away, and no acknowledged record is on one alone. */
const SAFE: TopicSettings = { 'min.insync.replicas': '2', 'unclean.leader.election.enable': 'false' };

/** The topics of the option that say anything of how they should be. */
export function wantedTopics(options: Readonly<Record<string, TopicOptions>>): WantedTopic[] {
  return Object.entries(options)
    .filter(([, { partitions, replication, config }]) => partitions ?? replication ?? config)
    .map(([topic, { partitions, replication, config = {} }]) => ({
      topic,
      partitions,
      replication,
      settings: settingsOf(config),
    }));
}

/** What a topic is created with: safe where nothing else is said. */
export function initialSettings({ replication = 0, settings }: WantedTopic): TopicSettings {
  return { ...(replication >= 3 ? SAFE : {}), ...settings };
}

/** Only what is wanted by name is compared: defaults are for topics that are created here. What is not told does not differ. */
export function differences(wanted: WantedTopic, facts: TopicFacts): TopicDifference[] {
  const { topic } = wanted;
  const { settings } = facts;
  const counts = [
    ['partitions', wanted.partitions, facts.partitions?.length],
    ['replication', wanted.replication, replicationOf(facts)],
  ] as const;
  return [
    ...counts
      .filter(([, expected, actual]) => expected !== undefined && actual !== undefined && expected !== actual)
      .map(([what, expected, actual]) => ({ topic, what, wanted: String(expected), actual: String(actual) })),
    ...(settings ? Object.entries(wanted.settings) : [])
      .map(([what, expected]) => ({ topic, what, wanted: expected, actual: settings![what] }))
      .filter(({ wanted, actual }) => actual === undefined || normal(actual) !== normal(wanted)),
  ];
}

function settingsOf(config: TopicConfig): TopicSettings {
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [name, String(value)]));
}

/** Kafka gives back lists in an order of its own, and booleans in lower case. */
function normal(value: string): string {
  return value
    .toLowerCase()
    .split(',')
    .map((one) => one.trim())
    .toSorted()
    .join();
}
